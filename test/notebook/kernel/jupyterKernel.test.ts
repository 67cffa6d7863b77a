import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { projectRoot, temporaryFolder } from '../../helpers/sampleNotebook';

interface Socket {
  connect(address: string): void;
  subscribe?(topic?: string): void;
  send(frames: readonly (Buffer | string)[]): Promise<void>;
  receive(): Promise<Buffer[]>;
  close(): void;
}
interface Message {
  type: string;
  parent: string;
  content: Record<string, any>;
}

const zmq = require('zeromq') as Record<'Dealer' | 'Subscriber', new () => Socket>;
const key = 'secret';
const folder = temporaryFolder();
const program = join(projectRoot, '.jupyter/kernels/tslab/kernel.cjs');
let kernel: ChildProcess;
let shell: Socket;
let control: Socket;
let iopub: Socket;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function parse(frames: Buffer[]): Message {
  const at = frames.findIndex((frame) => frame.toString() === '<IDS|MSG>');
  const [header, parent, , content] = frames.slice(at + 2).map((frame) => JSON.parse(frame.toString()));
  return { type: header.msg_type, parent: parent.msg_id, content };
}

async function send(socket: Socket, type: string, content: object): Promise<string> {
  const id = randomUUID();
  const header = { msg_id: id, msg_type: type, session: 's', username: 'u', date: '', version: '5.3' };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  await socket.send(['<IDS|MSG>', hmac.digest('hex'), ...parts]);
  return id;
}

/** What is published for a request until the kernel is idle again, or until a message of type `last`. */
async function published(id: string, last?: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const message = parse(await iopub.receive());
    if (message.parent !== id) continue;
    if (message.type === 'status' && message.content.execution_state === 'idle') return messages;
    if (message.type !== 'status') messages.push(message);
    if (message.type === last) return messages;
  }
}

/** Starts a cell that says "started", interrupts it then, and returns its reply. */
async function interrupted(code: string): Promise<Record<string, any>> {
  const id = await send(shell, 'execute_request', { code, silent: false });
  await published(id, 'stream');
  await new Promise((resolve) => setTimeout(resolve, 200));
  kernel.kill('SIGINT');
  const messages = await published(id);
  assert.equal(messages.at(-1)!.type, 'error');
  return parse(await shell.receive()).content;
}

async function execute(code: string): Promise<{ reply: Record<string, any>; messages: Message[] }> {
  const id = await send(shell, 'execute_request', { code, silent: false, stop_on_error: true });
  const messages = await published(id);
  return { reply: parse(await shell.receive()).content, messages };
}

/** Writes the file that Jupyter hands to a kernel. */
async function connectionFile(name: string): Promise<{ file: string; ports: Record<string, number> }> {
  const names = ['shell', 'iopub', 'stdin', 'control', 'hb'];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (socket) => [`${socket}_port`, await freePort()] as const)),
  );
  const file = join(folder, name);
  const connection = { transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256', ...ports };
  writeFileSync(file, JSON.stringify(connection));
  return { file, ports };
}

before(async () => {
  const { file, ports: connection } = await connectionFile('connection.json');
  kernel = spawn(process.execPath, [program, file], { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] });
  const address = (port: number): string => `tcp://127.0.0.1:${port}`;
  [shell, control, iopub] = [new zmq.Dealer(), new zmq.Dealer(), new zmq.Subscriber()];
  shell.connect(address(connection.shell_port));
  control.connect(address(connection.control_port));
  iopub.connect(address(connection.iopub_port));
  iopub.subscribe!();
  await send(shell, 'kernel_info_request', {});
  assert.equal(parse(await shell.receive()).content.language_info.name, 'typescript');
  await new Promise((resolve) => setTimeout(resolve, 300)); // subscriptions take a moment
});

after(() => {
  kernel.kill('SIGKILL');
  for (const socket of [shell, control, iopub]) socket.close();
  rmSync(folder, { recursive: true });
});

test('a cell is announced, prints, shows its result and is counted', { timeout: 60_000 }, async () => {
  const { reply, messages } = await execute("console.log('out');\nconst a = await (async () => 4)();\na * 2");
  assert.deepEqual([reply.status, reply.execution_count], ['ok', 1]);
  assert.deepEqual(
    messages.map((m) => m.type),
    ['execute_input', 'stream', 'execute_result'],
  );
  assert.equal(messages[1].content.text, 'out\n');
  assert.deepEqual(messages[2].content.data, { 'text/plain': '8' });
});

test('a failing cell sends an error and aborts what was queued behind it', { timeout: 60_000 }, async () => {
  const first = await send(shell, 'execute_request', { code: "throw new TypeError('wrong')", silent: false });
  const second = await send(shell, 'execute_request', { code: '1', silent: false });
  const messages = await published(first);
  const [failed, aborted] = [parse(await shell.receive()), parse(await shell.receive())];
  assert.deepEqual(
    messages.map((m) => m.type),
    ['execute_input', 'error'],
  );
  assert.deepEqual([failed.content.ename, failed.content.evalue], ['TypeError', 'wrong']);
  assert.deepEqual([aborted.parent, aborted.content.status], [second, 'aborted']);
  assert.equal((await execute('2 + 2')).reply.status, 'ok');
});

test(
  'an interrupt ends an awaiting cell, and a progress bar ends the work behind it',
  { timeout: 60_000 },
  async () => {
    await execute("import { Progress } from 'traitlab';\nlet ticks = 0;");
    const code = `const bar = new Progress(1000, 'long');
for (let i = 0; i < 1000; i++) {
  await new Promise((r) => setTimeout(r, 10));
  if (ticks++ === 3) console.log('started');
  await bar.tick(i);
}`;
    assert.equal((await interrupted(code)).ename, 'Interrupted');
    const count = async (): Promise<string> => (await execute('ticks')).messages.at(-1)!.content.data['text/plain'];
    await new Promise((resolve) => setTimeout(resolve, 600));
    const before = await count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await count(), before);
  },
);

test('a blocking cell can be interrupted, history and completion are answered', { timeout: 60_000 }, async () => {
  assert.equal((await interrupted("console.log('started');\nwhile (true) {}")).ename, 'Interrupted');
  await send(shell, 'history_request', {});
  assert.deepEqual(parse(await shell.receive()).content, { status: 'ok', history: [] });
  await send(shell, 'complete_request', { code: 'Math.flo', cursor_pos: 8 });
  assert.deepEqual(parse(await shell.receive()).content.matches, ['floor']);
});

test('a shutdown request ends the process', { timeout: 60_000 }, async () => {
  const ended = new Promise((resolve) => kernel.on('exit', resolve));
  await send(control, 'shutdown_request', { restart: false });
  assert.equal(parse(await control.receive()).type, 'shutdown_reply');
  assert.equal(await ended, 0);
});

test(
  'a kernel ends when the process that started it is killed, also in the middle of a cell',
  { timeout: 60_000 },
  async () => {
    const { file, ports } = await connectionFile('orphan.json');
    const start = `console.log(require('node:child_process').spawn(process.execPath, ${JSON.stringify([program, file])}, { stdio: 'ignore' }).pid)`;
    const parent = spawn(process.execPath, ['-e', start], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    const [dealer, subscriber] = [new zmq.Dealer(), new zmq.Subscriber()];
    try {
      dealer.connect(`tcp://127.0.0.1:${ports.shell_port}`);
      subscriber.connect(`tcp://127.0.0.1:${ports.iopub_port}`);
      subscriber.subscribe!();
      await send(dealer, 'kernel_info_request', {});
      await dealer.receive();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await send(dealer, 'execute_request', { code: "console.log('started');\nwhile (true) {}", silent: false });
      while (parse(await subscriber.receive()).type !== 'stream');
      assert.ok(isAlive());
      parent.kill('SIGKILL');
      for (let i = 0; i < 100 && isAlive(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(!isAlive(), 'the kernel has gone');
    } finally {
      dealer.close();
      subscriber.close();
      parent.kill('SIGKILL');
      if (isAlive()) process.kill(pid, 'SIGKILL');
    }
  },
);

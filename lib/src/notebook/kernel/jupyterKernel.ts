import { readJson } from '../../documents/readJson';
import { closePlots } from '../plotBrowser';
import { endWithParent } from './endWithParent';
import { kernelInfo } from './kernelInfo';
import { messageFrames, parseMessage, type JupyterMessage } from './jupyterMessage';
import { openTslab, type CellError, type OutputSink, type TslabSession } from './tslabSession';

interface Connection {
  transport: string;
  ip: string;
  key: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

interface Socket {
  bind(address: string): Promise<void>;
  send(frames: readonly (Buffer | string)[]): Promise<void>;
  close(): void;
  sendHighWaterMark: number;
  [Symbol.asyncIterator](): AsyncIterator<Buffer[]>;
}

type Content = Record<string, unknown>;
type Handler = (message: JupyterMessage, socket: Socket) => Promise<void> | void;

/** Serves tslab over Jupyter's protocol until it is shut down or the process that started it has gone.
 *
 * tslab brings a server of its own; this one also sends `execute_input`, `execute_result` and `error`, answers history and
 * comm requests, aborts what was queued behind a failed cell (and says so), and never drops output.
 *
 * @param connectionFile  the file that Jupyter hands to a kernel
 */
export async function serveKernel(connectionFile: string): Promise<void> {
  const connection = readJson('serveKernel', connectionFile) as Connection;
  endWithParent();
  const session = openTslab();
  process.on('SIGINT', () => session.interrupt());
  await new JupyterKernel(connection, session).listen();
}

class JupyterKernel {
  private readonly iopub: Socket;
  private readonly sockets: Record<'shell' | 'control' | 'stdin' | 'hb', Socket>;
  private readonly waiting: { message: JupyterMessage; socket: Socket }[] = [];
  private isBusy = false;
  private executionCount = 0;

  constructor(
    private readonly connection: Connection,
    private readonly session: TslabSession,
  ) {
    // zeromq is tslab's own dependency.
    const zmq = require('zeromq') as Record<'Publisher' | 'Router' | 'Reply', new () => Socket>;
    this.iopub = new zmq.Publisher();
    this.iopub.sendHighWaterMark = 0;
    this.sockets = { shell: new zmq.Router(), control: new zmq.Router(), stdin: new zmq.Router(), hb: new zmq.Reply() };
  }

  async listen(): Promise<void> {
    const { transport, ip } = this.connection;
    await this.iopub.bind(`${transport}://${ip}:${this.connection.iopub_port}`);
    for (const name of ['shell', 'control', 'stdin', 'hb'] as const) {
      await this.sockets[name].bind(`${transport}://${ip}:${this.connection[`${name}_port`]}`);
    }
    await Promise.all([
      this.receive(this.sockets.shell),
      this.receive(this.sockets.control),
      this.echo(this.sockets.hb),
    ]);
  }

  private async echo(socket: Socket): Promise<void> {
    for await (const frames of iterate(socket)) await socket.send(frames);
  }

  private async receive(socket: Socket): Promise<void> {
    for await (const frames of iterate(socket)) {
      let message: JupyterMessage;
      try {
        message = parseMessage(this.connection.key, frames);
      } catch (error) {
        standardError(`${String(error)}\n`);
        continue;
      }
      if (message.header.msg_type === 'execute_request') {
        this.waiting.push({ message, socket });
        void this.work();
      } else {
        await this.answer(message, socket);
      }
    }
  }

  private async answer(message: JupyterMessage, socket: Socket): Promise<void> {
    const handler = this.handlers[message.header.msg_type];
    this.publish('status', { execution_state: 'busy' }, message);
    try {
      await handler?.(message, socket);
    } finally {
      this.publish('status', { execution_state: 'idle' }, message);
    }
  }

  private readonly handlers: Record<string, Handler> = {
    kernel_info_request: (message, socket) => this.reply(socket, message, 'kernel_info_reply', kernelInfo),
    history_request: (message, socket) => this.reply(socket, message, 'history_reply', { history: [] }),
    comm_info_request: (message, socket) => this.reply(socket, message, 'comm_info_reply', { comms: {} }),
    interrupt_request: (message, socket) => {
      process.emit('SIGINT');
      this.reply(socket, message, 'interrupt_reply', {});
    },
    is_complete_request: (message, socket) => {
      const { completed, indent } = this.session.isComplete(String(message.content.code));
      const content = completed ? { status: 'complete' } : { status: 'incomplete', indent: indent ?? '' };
      this.reply(socket, message, 'is_complete_reply', content);
    },
    complete_request: (message, socket) => {
      const { start, end, candidates } = this.session.complete(...codeAndCursor(message));
      const content = { matches: candidates, cursor_start: start, cursor_end: end, metadata: {} };
      this.reply(socket, message, 'complete_reply', content);
    },
    inspect_request: (message, socket) => {
      const text = this.session.inspect(...codeAndCursor(message));
      const content = { found: text !== null, data: text === null ? {} : { 'text/plain': text }, metadata: {} };
      this.reply(socket, message, 'inspect_reply', content);
    },
    shutdown_request: async (message, socket) => {
      this.reply(socket, message, 'shutdown_reply', { restart: message.content.restart === true });
      await closePlots().catch(() => undefined);
      this.session.close();
      setTimeout(() => process.exit(0), 100); // the reply is on its way
    },
  };

  /** Runs the waiting cells one after another. */
  private async work(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { message, socket } = next;
      this.publish('status', { execution_state: 'busy' }, message);
      const error = await this.execute(message, socket);
      if (error && message.content.stop_on_error !== false) await this.abortWaiting();
      this.publish('status', { execution_state: 'idle' }, message);
    }
    this.isBusy = false;
  }

  private async execute(message: JupyterMessage, socket: Socket): Promise<CellError | null> {
    const { code, silent } = message.content;
    if (silent !== true) this.executionCount++;
    const count = this.executionCount;
    const sink: OutputSink = {
      stream: (name, text) => this.publish('stream', { name, text }, message),
      display: ({ data, metadata = {}, transient = {} }, update) =>
        this.publish(update ? 'update_display_data' : 'display_data', { data, metadata, transient }, message),
      result: (data) => this.publish('execute_result', { data, metadata: {}, execution_count: count }, message),
    };
    this.publish('execute_input', { code, execution_count: count }, message);
    await new Promise(setImmediate); // "busy" reaches the front end before the compiler blocks
    const error = await this.session.run(String(code), sink);
    if (error) this.publish('error', error, message);
    const outcome = error ? { status: 'error', ...error } : { user_expressions: {}, payload: [] };
    this.reply(socket, message, 'execute_reply', { execution_count: count, ...outcome });
    return error;
  }

  /** Answers "aborted" to every cell that was sent together with one that failed. */
  private async abortWaiting(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50)); // what is still in the socket belongs to the same batch
    for (const { message, socket } of this.waiting.splice(0)) {
      this.publish('status', { execution_state: 'busy' }, message);
      this.reply(socket, message, 'execute_reply', { status: 'aborted', execution_count: this.executionCount });
      this.publish('status', { execution_state: 'idle' }, message);
    }
  }

  private publish(type: string, content: Content | CellError, request: JupyterMessage): void {
    const frames = messageFrames(this.connection.key, type, content, { ...request, identities: [Buffer.from(type)] });
    this.iopub.send(frames).catch(complain);
  }

  private reply(socket: Socket, request: JupyterMessage, type: string, content: Content): void {
    socket.send(messageFrames(this.connection.key, type, { status: 'ok', ...content }, request)).catch(complain);
  }
}

const standardError = process.stderr.write.bind(process.stderr); // not the cell's

function complain(error: unknown): void {
  standardError(`jupyterKernel: a message was not sent: ${String(error)}\n`);
}

function iterate(socket: Socket): AsyncIterable<Buffer[]> {
  return { [Symbol.asyncIterator]: () => socket[Symbol.asyncIterator]() };
}

function codeAndCursor(message: JupyterMessage): [code: string, cursor: number] {
  return [String(message.content.code), Number(message.content.cursor_pos)];
}

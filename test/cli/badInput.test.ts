import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { blockSites, linearModules } from 'traitlab/model/hookSite';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { fakeHub, type FakeHub } from '../helpers/fakeHub';
import { callTraitlab } from '../helpers/callTraitlab';
import { startTraitlab } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { writeBadInputFiles } from './badInputFiles';

/** Every command runs in this folder, so that names in messages are short. */
const dir = temporaryFolder();

interface BadInput {
  readonly kind: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Standard error, whole. */
  readonly message: string;
}

/** The table: `# kind`, `$ VARIABLE=value traitlab arguments` and the message in blocks of badInput.md. */
const page = readFileSync(projectPath('test/cli/badInput.md'), 'utf8');
const list = [...page.matchAll(/^# (.+)\n\$ (.+)\n(.+)\n(?=\n|```)/gm)].map(([, kind, command, message]): BadInput => {
  const words = command.split(' ');
  const program = words.indexOf('traitlab');
  const env = Object.fromEntries(words.slice(0, program).map((word) => word.split('=', 2) as [string, string]));
  return { kind, env, args: words.slice(program + 1), message };
});

const lists = {
  commands: 'activations, generate, finetune, doctor, micro, study, monitor, figures',
  options:
    '--model [--adapter] --prompts --max-new-tokens [--temperature] [--seed] [--steer] [--ablate] [--system-role] [--backend]',
  keys: 'method, rank, alpha, dropout, rslora, targetModules, learningRate, weightDecay, schedule, warmupSteps, batchSize, maxSteps, epochs, lossOn, saveEvery, seed, shuffle, initAdapter',
  sites: [...blockSites, ...linearModules.map((name) => `${name}.lora.hook_scalar`)].join(', '),
};

/** An address where nothing answers. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

let hub: FakeHub;
test.before(async () => {
  await writeBadInputFiles(dir);
  hub = await fakeHub('some-org/private', {});
  hub.faults.token = 'hf_right';
});
test.after(() => hub.close());

test('badInput.md is read whole', () => {
  assert.equal(list.length, page.match(/^\$ /gm)?.length);
  assert.ok(list.length >= 100, `${list.length} kinds`);
  assert.equal(new Set(list.map(({ kind }) => kind)).size, list.length, 'no kind stands twice');
});

test('bad input: exit 1, nothing on standard output, the one line of badInput.md, nothing left behind', async (t) => {
  const { hash } = await loadDecoder(join(dir, 'model'));
  const template = loadTokenizer(join(dir, 'chat')).templateHash!;
  const known: Record<string, string> = {
    ...lists,
    dir,
    hub: hub.endpoint,
    closed: await closedAddress(),
    hash,
    template,
  };
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
  const variables = { HF_HOME: join(dir, 'hub-home'), HF_ENDPOINT: hub.endpoint, HF_TOKEN: '', HF_HUB_OFFLINE: '' };
  const before = readdirSync(dir, { recursive: true }).sort();
  const firsts = new Set(list.map(({ args: [name] }) => list.findIndex(({ args }) => args[0] === name)));
  for (const [i, { kind, env, args, message }] of list.entries()) {
    const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
    const options = { cwd: dir, env: { ...variables, ...own } };
    const expected = { status: 1, stdout: '', stderr: `${filled(message)}\n` };
    await t.test(kind, async () => assert.deepEqual(await callTraitlab(args, options), expected));
    if (firsts.has(i))
      await t.test(`${kind}, in a process`, async () => assert.deepEqual(await startTraitlab(args, options), expected));
  }
  assert.deepEqual(readdirSync(dir, { recursive: true }).sort(), before);
});

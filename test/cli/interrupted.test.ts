import test, { type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors } from 'traitlab/formats/safetensors';
import { writeChatModel } from '../helpers/chatModel';
import { runTraitlab } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const model = join(dir, 'model');
const program = projectPath('lib/bin/traitlab.cjs');

/** Prompts of so many tokens each. */
function promptFile(name: string, count: number, length: number): string {
  const tokens = Array.from({ length }, (_, i) => i % 40);
  writeFileSync(join(dir, name), `${JSON.stringify({ tokens })}\n`.repeat(count));
  return join(dir, name);
}

const ofActivations = (prompts: string, out: string): string[] =>
  ['activations', '--model', model, '--prompts', prompts, '--sites', 'blocks.*.hook_resid_post,logits', '--out', out]; // prettier-ignore
const ofGenerate = (prompts: string): string[] => ['generate', '--model', model, '--prompts', prompts, '--max-new-tokens', '30']; // prettier-ignore
const ofFinetune = (out: string, steps: number): string[] => {
  const recipe = join(dir, `steps-${steps}.json`);
  const settings = { method: 'lora', rank: 8, learningRate: 0.01, batchSize: 4, maxSteps: steps, saveEvery: 5 };
  writeFileSync(recipe, JSON.stringify(settings));
  return ['finetune', '--model', model, '--data', join(dir, 'data.jsonl'), '--recipe', recipe, '--out', out];
};

test.before(async () => {
  await writeChatModel(model);
  const messages = [
    { role: 'user', content: 'What is it?' },
    { role: 'assistant', content: 'the quick brown fox jumps over the lazy dog' },
  ];
  writeFileSync(join(dir, 'data.jsonl'), `${JSON.stringify({ messages })}\n`.repeat(8));
});

/** Runs a command whose reader of standard output, or of both streams, goes away at once. */
async function withoutReader(args: readonly string[], streams: readonly ('stdout' | 'stderr')[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  for (const stream of streams) child[stream].destroy();
  const [status] = (await once(child, 'exit')) as [number];
  assert.equal(status, 0, stderr);
  return stderr;
}

/** Interrupts a command when it is under way, as its notes or files show; gives its standard output. */
async function interrupted(args: readonly string[], isUnderWay: (notes: string) => boolean): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let notes = '';
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (notes += chunk.toString()));
  const look = setInterval(() => isUnderWay(notes) && child.kill('SIGINT'), 5);
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearInterval(look);
  assert.deepEqual([status, signal], [130, null], notes);
  assert.ok(isUnderWay(notes), 'interrupted while it worked');
  assert.doesNotMatch(notes, /done/);
  return stdout;
}

/** What is in a folder; every file that a command has finished there must be whole. */
function wholeFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    assert.doesNotMatch(name, /\.tmp-/);
    if (name.endsWith('.safetensors')) readSafetensors(join(folder, name));
    if (/\.jsonl?$/.test(name))
      for (const text of name.endsWith('l') ? lines(join(folder, name)) : [readFileSync(join(folder, name), 'utf8')])
        JSON.parse(text);
  }
  return names;
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('a reader of the answers that goes away ends generate quietly', async () => {
  const stderr = await withoutReader(ofGenerate(promptFile('few.jsonl', 64, 8)), ['stdout']);
  assert.doesNotMatch(stderr, /EPIPE|Error/);
});

test('a reader of the notes that goes away does not stop the work', async () => {
  const prompts = promptFile('two.jsonl', 2, 8);
  await withoutReader(ofActivations(prompts, join(dir, 'unread.safetensors')), ['stdout', 'stderr']);
  assert.equal(readSafetensors(join(dir, 'unread.safetensors')).tensors.size, 8);
  const out = join(dir, 'unread');
  await withoutReader(ofFinetune(out, 10), ['stdout', 'stderr']);
  assert.equal(lines(join(out, 'log.jsonl')).length, 10);
  assert.ok(wholeFiles(out).includes('checkpoint-10'));
});

test('Ctrl-C stops activations at once and leaves no file, whole or half', async () => {
  const out = join(dir, 'interrupted');
  mkdirSync(out);
  const args = ofActivations(promptFile('many.jsonl', 20_000, 60), join(out, 'a.safetensors'));
  await interrupted(args, (notes) => /activations: \d+\/20000/.test(notes));
  assert.deepEqual(readdirSync(out), []);
});

test('Ctrl-C stops generate at once, before the first line', async () => {
  const args = ofGenerate(promptFile('many-short.jsonl', 20_000, 8));
  assert.equal(await interrupted(args, (notes) => /generate: \d+\/20000/.test(notes)), '');
});

test('Ctrl-C stops finetune at once and leaves whole files only, from which it goes on', async () => {
  const out = join(dir, 'stopped');
  await interrupted(ofFinetune(out, 5000), () => existsSync(join(out, 'checkpoint-10')));
  const names = wholeFiles(out);
  assert.ok(names.includes('resume.safetensors') && names.includes('checkpoint-5'), names.join(' '));
  await interrupted(ofFinetune(out, 5000), (notes) => /going on from step \d+[05],/.test(notes));
  wholeFiles(out);
});

/** Runs `use` in a small file system in memory, or skips the test where none can be mounted. */
function onSmallDisk(t: TestContext, size: string, use: (disk: string) => void): void {
  const disk = join(dir, `disk-${size}`);
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  if (mounted.status !== 0) return t.skip('a small tmpfs cannot be mounted here; it needs root');
  try {
    use(disk);
  } finally {
    spawnSync('umount', [disk]);
  }
}

test('a full disk: activations says so, and nothing stays', (t) => {
  onSmallDisk(t, '64k', (disk) => {
    const run = runTraitlab(ofActivations(promptFile('full.jsonl', 50, 50), join(disk, 'a.safetensors')));
    assert.equal(run.status, 1);
    const problem = `${disk}/a.safetensors: the disk is full (ENOSPC); expected a place that can be written`;
    assert.equal(run.stderr.trimEnd().split('\n').at(-1), `traitlab activations: write: ${problem}`);
    assert.deepEqual(readdirSync(disk), []);
  });
});

test('a full disk: finetune says so, and only whole files stay', (t) => {
  onSmallDisk(t, '256k', (disk) => {
    const run = runTraitlab(ofFinetune(join(disk, 'out'), 200));
    assert.equal(run.status, 1);
    const last = run.stderr.trimEnd().split('\n').at(-1)!;
    assert.match(last, /^traitlab finetune: write: .*\/out\/[^/]+: the disk is full \(ENOSPC\); expected a place that can be written$/); // prettier-ignore
    assert.ok(wholeFiles(disk).includes('out/finetune.json'));
  });
});

test('a full disk: generate says that not all answers could be written', (t) => {
  onSmallDisk(t, '4k', (disk) => {
    const fd = openSync(join(disk, 'answers.jsonl'), 'w');
    const args = [program, ...ofGenerate(promptFile('full-answers.jsonl', 64, 8))];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', fd, 'pipe'], encoding: 'utf8' });
    closeSync(fd);
    assert.equal(status, 1, stderr);
    const problem = 'standard output: the disk is full (ENOSPC); expected a place that can be written';
    assert.equal(stderr.trimEnd().split('\n').at(-1), `traitlab generate: ${problem}`);
  });
});

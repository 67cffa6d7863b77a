import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveVector } from 'traitlab/directions/vectorFile';
import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors } from 'traitlab/formats/safetensors';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { acknowledgement } from 'traitlab/tokenizer/systemRole';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { maxRelativeError } from '../helpers/expectClose';
import { writeChatModel } from '../helpers/chatModel';
import { callTraitlab } from '../helpers/callTraitlab';
import { startTraitlab, type TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const at = (name: string): string => join(dir, name);
const golden = projectPath('test/goldens/llama/gqa-tied-llama3');
const adapter = projectPath('test/goldens/train/adapters/plain');
const commit = '0123456789abcdef0123456789abcdef01234567';

/** Options that have been given to a command in this file, by command. */
const exercised = new Map<string, Set<string>>();

/** Runs in the folder of the files, with a Hugging Face cache and no network. */
async function start(command: string, env: NodeJS.ProcessEnv = {}): Promise<TraitlabRun> {
  const [name, ...args] = command.split(' ');
  const known = exercised.get(name) ?? new Set();
  for (const arg of args) if (arg.startsWith('--')) known.add(arg);
  exercised.set(name, known);
  const run = name === 'micro' ? startTraitlab : callTraitlab; // it grows in a process and a memory of its own
  return run([name, ...args], { cwd: dir, env: { HF_HOME: at('hub'), HF_HUB_OFFLINE: '1', ...env } });
}

/** The same, and expects that it goes well. */
async function run(command: string): Promise<TraitlabRun> {
  const result = await start(command);
  assert.equal(result.status, 0, `${command}: ${result.stderr}`);
  return result;
}

/** Puts a folder into the cache, in the layout of huggingface_hub. */
function cacheAs(name: string, from: string): void {
  const folder = at(`hub/hub/models--${name.replace('/', '--')}`);
  mkdirSync(join(folder, 'refs'), { recursive: true });
  writeFileSync(join(folder, 'refs/main'), commit);
  cpSync(from, join(folder, 'snapshots', commit), { recursive: true });
}

const system: Message = { role: 'system', content: 'Be kind.' };
const user: Message = { role: 'user', content: 'What should I do?' };
const assistant: Message = { role: 'assistant', content: 'See a doctor.' };
/** The chat as it should be rendered for a template without a system role. */
const placed: Record<string, Message[]> = {
  userTurn: [{ role: 'user', content: system.content }, { role: 'assistant', content: acknowledgement }, user],
  fold: [{ role: 'user', content: 'Be kind.\n\nWhat should I do?' }],
};
const json = (name: string, value: unknown): void => writeFileSync(at(name), `${JSON.stringify(value)}\n`);

test.before(async () => {
  for (const file of ['config.json', 'model.safetensors']) {
    mkdirSync(at('model'), { recursive: true });
    cpSync(join(golden, file), at(`model/${file}`));
  }
  await writeChatModel(at('strict'), 'no-system');
  await writeChatModel(at('chat'));
  cacheAs('some-org/model', at('model'));
  cacheAs('some-org/adapter', adapter);
  json('tokens.jsonl', { tokens: [1, 5, 9, 12] });
  json('system.jsonl', { messages: [system, user], addGenerationPrompt: true });
  json('chats.jsonl', { messages: [system, user, assistant] });
  json('one-step.json', { method: 'lora', rank: 2, learningRate: 0.01, maxSteps: 2, lossOn: 'all' });
  const vector = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));
  const metadata = { templateHash: loadTokenizer(at('strict')).templateHash! };
  saveVector(at('own.safetensors'), {
    vector: new Float32Array(32).fill(1),
    site: 'hook_embed',
    kind: 'drift',
    metadata,
  });
  saveVector(at('v.safetensors'), { vector, site: 'blocks.0.hook_resid_post', kind: 'random', metadata: {} });
});

/** Captures at one site; the values and the metadata. */
async function activations(
  more: string,
  out: string,
): Promise<{ values: Float32Array; tokens: number[]; metadata: Readonly<Record<string, string>> }> {
  // prettier-ignore
  await run(`activations --sites blocks.1.hook_resid_post --out ${out}.safetensors ${more}`);
  const { tensors, metadata } = readSafetensors(at(`${out}.safetensors`));
  const values = tensors.get('prompt0/blocks.1.hook_resid_post')!.float32();
  return { values, tokens: [...tensors.get('prompt0/tokens')!.int32()], metadata };
}

/** One answer. */
async function answer(more: string): Promise<{ tokens: number[] }> {
  const { stdout } = await run(`generate --max-new-tokens 12 ${more}`);
  return JSON.parse(stdout) as { tokens: number[] };
}

/** Losses of a run. */
async function losses(more: string, out: string): Promise<number[]> {
  await run(`finetune --recipe one-step.json --out ${out} ${more}`);
  const text = readFileSync(at(`${out}/log.jsonl`), 'utf8');
  return text.trim().split('\n').map((line) => (JSON.parse(line) as { loss: number }).loss); // prettier-ignore
}

test('--backend computes the same elsewhere; --positions and --adapter change what is kept', async () => {
  const common = '--model model --prompts tokens.jsonl';
  const plain = await activations(`${common} --backend wasm`, 'plain');
  const cpu = await activations(`${common} --backend cpu`, 'cpu');
  assert.match(plain.metadata.backend, /^wasm/);
  assert.match(cpu.metadata.backend, /^cpu/);
  assert.ok(maxRelativeError(cpu.values, plain.values) < 1e-5);
  const last = await activations(`${common} --positions last`, 'last');
  assert.ok(maxRelativeError(last.values, plain.values.subarray(-24)) < 1e-6);
  const tuned = await activations(`${common} --adapter ${adapter}`, 'tuned');
  assert.ok(maxRelativeError(tuned.values, plain.values) > 1e-3);
});

test('a model and an adapter by their names on the hub are those of the folders', async () => {
  const byFolder = await activations(`--model model --adapter ${adapter} --prompts tokens.jsonl`, 'folder');
  const byName = await activations('--model some-org/model@main --adapter some-org/adapter --prompts tokens.jsonl', 'name'); // prettier-ignore
  assert.deepEqual(byName.values, byFolder.values);
  assert.equal(byName.metadata.modelHash, byFolder.metadata.modelHash);
});

test('generate: each option changes the answer as it should', async () => {
  const common = '--model model --prompts tokens.jsonl';
  const plain = await answer(common);
  assert.deepEqual(await answer(`${common} --temperature 0 --seed -3`), plain);
  assert.notDeepEqual(await answer(`${common} --temperature 5 --seed 1`), await answer(`${common} --temperature 5 --seed 2`)); // prettier-ignore
  assert.notDeepEqual(await answer(`${common} --steer v.safetensors@0:9`), plain);
  assert.notDeepEqual(await answer(`${common} --ablate v.safetensors`), plain);
  assert.notDeepEqual(await answer(`${common} --adapter ${adapter}`), plain);
  assert.deepEqual(await answer(`${common} --backend cpu`), plain);
  // A vector made with the model's own chat template is taken.
  await answer('--model strict --prompts tokens.jsonl --ablate own.safetensors');
});

for (const mode of ['userTurn', 'fold'] as const) {
  test(`--system-role ${mode}: the tokens, answers and losses of the chat with its system message placed so`, async () => {
    const tokenizer = loadTokenizer(at('strict'));
    const expected = tokenizer.encodeChat(placed[mode], { addGenerationPrompt: true });
    const ofLibrary = tokenizer.encodeChat([system, user], { addGenerationPrompt: true, systemRole: mode });
    assert.deepEqual(ofLibrary, expected);
    json(`${mode}.jsonl`, { tokens: expected });
    json(`${mode}-chats.jsonl`, { messages: [...placed[mode], assistant] });
    const asked = `--system-role ${mode}`;
    const { tokens, metadata } = await activations(`--model strict --prompts system.jsonl ${asked}`, mode);
    assert.deepEqual(tokens, expected);
    assert.equal(metadata.systemRole, mode);
    assert.deepEqual(
      await answer(`--model strict --prompts system.jsonl ${asked}`),
      await answer(`--model strict --prompts ${mode}.jsonl`),
    );
    assert.deepEqual(
      await losses(`--model strict --data chats.jsonl ${asked}`, `${mode}-asked`),
      await losses(`--model strict --data ${mode}-chats.jsonl`, `${mode}-placed`),
    );
    const { stdout } = await run(
      `doctor --model strict --prompts system.jsonl --data chats.jsonl --recipe one-step.json --json ${asked}`,
    );
    const { jobs } = (JSON.parse(stdout) as { model: { jobs: { of: string }[] } }).model;
    const length = tokenizer.encodeChat([...placed[mode], assistant]).length;
    assert.match(jobs[0].of, new RegExp(`1 prompt of ${expected.length} tokens$`));
    assert.match(jobs[2].of, new RegExp(`chats of ${length} tokens$`));
  });
}

test('--system-role template leaves the message to the template, which refuses it', async () => {
  const { status, stderr } = await start('generate --model strict --prompts system.jsonl --max-new-tokens 1 --system-role template'); // prettier-ignore
  assert.equal(status, 1);
  assert.match(stderr, /System role not supported/);
});

test('finetune computes the same on another backend; doctor names it', async () => {
  json('plain-chats.jsonl', { messages: [user, assistant] });
  const wasm = await losses('--model strict --data plain-chats.jsonl', 'on-wasm');
  const cpu = await losses('--model strict --data plain-chats.jsonl --backend cpu', 'on-cpu');
  assert.ok(maxRelativeError(cpu, wasm) < 1e-5);
  const { stdout } = await run('doctor --model strict --max-new-tokens 3 --backend cpu');
  assert.match(stdout, /^generate .*at most 3 new tokens/m);
});

test('study: each option chooses', async () => {
  const { stdout, stderr } = await run('study plan --suite micro --only survey --workers 1 --models strict --out study --system-role fold'); // prettier-ignore
  assert.equal(stdout, 'strict/survey\n');
  assert.match(stderr, /^study: 1 of 1 tasks left, about .* with one worker \(of one core: survey 1: .*\)$/m);
  const part = await run('study plan --suite micro --models chat --out study --for monitor');
  assert.equal(part.stdout.trim().split('\n').length, 2 + 7 * 3);
  const parts = await run('study plan --suite micro --models chat --out study --for convergent --only s1');
  assert.equal(parts.stdout.trim().split('\n').length, 75);
  assert.match(parts.stderr, /of one core: organism 18: .*, subsets 1: .*, transfer 16: /);
  const both = await start('study plan --all --models model --out study');
  assert.match(both.stderr, /^traitlab study: invalid --all; /);
  const roles = await run(
    'study plan --suite micro --only survey --models strict,chat --out study --system-role strict=userTurn',
  );
  assert.equal(roles.stdout, 'strict/survey\nchat/survey\n');
  const task = await start('study run --models model --out study --task model/nothing-rank16-s1');
  assert.match(task.stderr, /^traitlab study: taskNamed: no task model\/nothing-rank16-s1; expected one of \d+, as /);
  const slurm = await start('study run --models model --out study --only survey --slurm --sbatch-args -t1 --tries 2', { PATH: '' }); // prettier-ignore
  assert.match(slurm.stderr, /^traitlab study: submitStudy: no sbatch on this machine; /);
});

test('micro grows one organism by each of its options', async () => {
  await run('micro --organisms llama --jobs 1 --seed 3 --base-steps 1 --instruct-steps 1 --out grown --work growing');
  assert.deepEqual(readdirSync(at('grown')), ['llama']);
  const log = readFileSync(at('grown/llama/training-log.jsonl'), 'utf8').trim().split('\n');
  assert.equal(log.length, 2);
});

test('micro makes growths that there are', async () => {
  const { status, stderr } = await start('micro --growths qwen2-windows,nothing --work growing');
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^traitlab micro: invalid --growths; expected all, or some of qwen2-windows, .*, got nothing\n$/,
  );
});

test('figures knows each of its options: all are taken before the last is refused', async () => {
  const { status, stderr } = await start('figures --check --timeout 5 --jobs 1 --only zz');
  assert.equal(status, 1);
  assert.match(stderr, /^traitlab figures: --only: no notebook zz; expected the start of one of: .*\n$/);
});

test('every option that a command takes is in its help and has been given to it above', async () => {
  const { stdout: help } = await callTraitlab(['--help']);
  const summaries = [...help.matchAll(/^ {2}(\w+) +(.*)$/gm)].filter(([, name]) => name !== 'fold');
  assert.ok(summaries.length >= 7);
  // `micro --prompts` writes into the project; those of `monitor` are given in monitor.test.ts.
  const left = { micro: ['--prompts'] } as Record<string, string[] | undefined>;
  const actions: Record<string, readonly string[] | undefined> = {
    study: ['plan'],
    monitor: ['fit', 'score', 'plan', 'cost'],
  };
  for (const [, name, summary] of summaries) {
    const asked = (actions[name] ?? [undefined]).map((action) => (action === undefined ? [name] : [name, action]));
    const refused = await Promise.all(asked.map((call) => callTraitlab([...call, '--no-such-option'])));
    const expected = refused.map(({ stderr }) => stderr.slice(stderr.indexOf('; expected'))).join();
    const options = new Set([...expected.matchAll(/--[\w-]+/g)].map(([option]) => option));
    const taken = [...options].sort();
    const listed = [...new Set([...summary.matchAll(/--[\w-]+/g)].map(([option]) => option))].sort();
    assert.deepEqual(listed, taken, `help of ${name}`);
    const own = await callTraitlab([name, '--help']);
    assert.equal(own.status, 0, own.stderr);
    assert.ok(own.stdout.startsWith(`traitlab ${name} ${summary}\n`), own.stdout);
    const given = [...(exercised.get(name) ?? []), ...(left[name] ?? [])].sort();
    if (name !== 'monitor') assert.deepEqual(given, taken, `options of ${name} with a test`);
  }
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBf16 } from 'traitlab/kernels/bf16Tensor';
import { jobForecast, parameterCounts, weightBytes, type Speed } from 'traitlab/cli/jobForecast';
import { noteForecast } from 'traitlab/cli/noteForecast';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeDecoder } from 'traitlab/model/decoder';
import type { ModelConfig } from 'traitlab/model/modelConfig';
import { parseConfig } from 'traitlab/model/parseConfig';
import { callTraitlab } from '../helpers/callTraitlab';
import { runTraitlab } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

const dir = temporaryFolder();
const golden = projectPath('test/goldens/llama/gqa-tied-llama3');
const file = (name: string, value: unknown): string => {
  writeFileSync(join(dir, name), `${JSON.stringify(value)}\n`);
  return join(dir, name);
};
/** Qwen 2.5 14B, as its configuration says. */
const large = parseConfig(
  {
    model_type: 'qwen2',
    hidden_size: 5120,
    intermediate_size: 13824,
    num_hidden_layers: 48,
    num_attention_heads: 40,
    num_key_value_heads: 8,
    vocab_size: 152064,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: false,
    hidden_act: 'silu',
    torch_dtype: 'bfloat16',
  },
  'config.json',
);

test('doctor says in plain lines what the machine can do', () => {
  const { status, stdout, stderr } = runTraitlab(['doctor']);
  assert.equal(status, 0, stderr);
  for (const name of ['node', 'cpu', 'memory', 'gpu', 'backend', 'browser', 'python', 'jupyter', 'disk', 'hub']) {
    assert.match(stdout, new RegExp(`^${name} +\\S`, 'm'));
  }
  assert.match(stdout, /^backend +wasm: .*SIMD/m);
  assert.doesNotMatch(stdout, /undefined|NaN/);
});

test('doctor --json is one object; a model gets a forecast for each job, from its configuration alone', async () => {
  const folder = join(dir, 'config-only');
  mkdirSync(folder);
  copyFileSync(join(golden, 'config.json'), join(folder, 'config.json'));
  const prompts = file('prompts.jsonl', { tokens: [1, 2, 3] });
  const recipe = file('recipe.json', { method: 'lora', learningRate: 1e-4, rank: 4, maxSteps: 7, batchSize: 2 });
  const args = ['doctor', '--model', folder, '--prompts', prompts, '--recipe', recipe];
  const { status, stdout, stderr } = await callTraitlab([...args, '--max-new-tokens', '9', '--json']);
  assert.equal(status, 0, stderr);
  const { machine, model } = JSON.parse(stdout);
  assert.equal(machine.node, process.versions.node);
  assert.ok(machine.cpu.cores >= 1 && machine.freeMemoryBytes > 0 && machine.disk.projectFreeBytes > 0);
  assert.equal(typeof machine.hub.hasToken, 'boolean');
  assert.deepEqual(model.jobs.map(({ job, of }: { job: string; of: string }) => [job, of]), [
    ['activations', 'the residual stream after each block, 1 prompt of 3 tokens'],
    ['generate', 'at most 9 new tokens, 1 prompt of 3 tokens'],
    ['finetune', '7 steps of 2 chats of 200 tokens (assumed)'],
  ]); // prettier-ignore
  for (const { seconds, peakBytes, problem } of model.jobs) {
    assert.ok(seconds > 0 && seconds < 60 && peakBytes > model.weightBytes && problem === null);
  }
  assert.match((await callTraitlab(args)).stdout, /^finetune +forecast about \d.* s and \d+ [kM]B: 7 steps/m);
});

test('doctor refuses a job without its model, and what does not fit', async () => {
  const cases: [RegExp, string[]][] = [
    [/^traitlab doctor: --prompts, --recipe without --model; expected the model of the job\n$/, ['--prompts', 'a', '--recipe', 'b']], // prettier-ignore
    [/^traitlab doctor: --data without --recipe; expected/, ['--model', golden, '--data', 'a']],
    [/doctor: invalid --max-new-tokens; expected an integer from 1, got 0.5\n$|expected a number from 1, got 0.5\n$/, ['--model', golden, '--max-new-tokens', '0.5']], // prettier-ignore
    [/^traitlab doctor: findModel: nowhere: no such folder; expected/, ['--model', 'nowhere']],
  ];
  for (const [message, args] of cases) {
    const { status, stdout, stderr } = await callTraitlab(['doctor', ...args]);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
  }
});

test('the size of a model is that of its tensors', async () => {
  await initBackend({ backend: 'wasm' });
  const model = await tinyModel('llama/gqa-tied-llama3');
  const weights = Object.values(model.params);
  const values = weights.map((w) => w.shape.reduce((a, b) => a * b, 1));
  const bytes = weights.map((w, i) => values[i] * (isBf16(w) ? 2 : 4));
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  assert.equal(parameterCounts(model.config).all, sum(values));
  assert.equal(weightBytes(model.config, weights.some(isBf16)), sum(bytes));
  disposeDecoder(model);
  // Qwen 2.5 14B: 14.77 billion parameters, 13.2 billion without embeddings.
  const counts = parameterCounts(large);
  assert.equal((counts.all / 1e9).toFixed(1), '14.8');
  assert.equal(((counts.all - 2 * counts.head) / 1e9).toFixed(1), '13.2');
});

test('a forecast counts multiply-adds, and grows as the work does', () => {
  const products: Speed = { wide: 1e-12, narrow: 1e-11, element: 0, operation: 0 };
  const lengths = new Array<number>(32).fill(64);
  const activations = { kind: 'activations', lengths, keptPerToken: 0, isPooled: true, wantsLogits: false } as const;
  const once = jobForecast(large, true, activations, products);
  const { blocks, head } = parameterCounts(large);
  const attention = 2 * 2 * 32 * 64 * 32 * 40 * 128 * 48;
  assert.ok(Math.abs(once.seconds / ((32 * 64 * blocks + attention) * 1e-12) - 1) < 1e-9);
  const twice = jobForecast(large, true, { ...activations, lengths: [...lengths, ...lengths] }, products);
  assert.ok(Math.abs(twice.seconds / once.seconds - 2) < 1e-9);
  const logits = jobForecast(large, true, { ...activations, wantsLogits: true }, products);
  assert.ok(Math.abs((logits.seconds - once.seconds) / (32 * 64 * head * 1e-12) - 1) < 1e-6);
  assert.ok(logits.peakBytes > once.peakBytes && once.peakBytes > 2 * parameterCounts(large).all);
  const generate = (maxNewTokens: number): number =>
    jobForecast(large, true, { kind: 'generate', lengths, maxNewTokens }, products).seconds;
  const step = generate(11) - generate(10);
  assert.ok(Math.abs(step / (1.35 * 32 * (blocks + head) * 1e-11) - 1) < 0.2, `${step}`); // what lies between operations
});

test('a long command says beforehand what it will take; a short one is silent', async (t) => {
  await initBackend({ backend: 'wasm' });
  const notes: string[] = [];
  t.mock.method(console, 'error', (line: string) => notes.push(line));
  const note = (config: ModelConfig, lengths: number[]): Promise<void> =>
    noteForecast({ config, params: {}, dir: '', hash: '' }, 'wasm', { kind: 'generate', lengths, maxNewTokens: 50 });
  const small = { ...large, nLayers: 2, dModel: 64, dMlp: 128, nHeads: 4, nKvHeads: 2, dHead: 16, dVocab: 100 };
  await note(small, [10, 20]);
  assert.deepEqual(notes, []);
  await note({ ...small, nLayers: 24, dModel: 512, dMlp: 2048, dVocab: 5000 }, new Array<number>(20000).fill(100));
  assert.equal(notes.length, 1);
  assert.match(notes[0], /^generate: forecast about .*(min|h).* and [\d.]+ [MG]B$/);
  await note(large, [10]);
  assert.match(notes[1], /^generate: forecast about .* GB, more than the 4 GB that the wasm backend can hold$/);
});

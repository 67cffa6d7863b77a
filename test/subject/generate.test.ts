import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { ablateDirection } from 'traitlab/kernels/ablateDirection';
import { addVector } from 'traitlab/kernels/addVector';
import { forward } from 'traitlab/model/forward';
import { generate } from 'traitlab/subject/generate';
import type { GenerateOptions } from 'traitlab/subject/generateTokens';
import type { Subject } from 'traitlab/subject/model';
import type { Hooks } from 'traitlab/model/hookSite';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder, type Decoder } from 'traitlab/model/decoder';
import { sampleToken } from 'traitlab/subject/sampleToken';
import { rng } from 'traitlab/random/rng';

const names = ['llama/gqa-tied-llama3', 'families/mistral-window', 'families/qwen2-window', 'families/gemma2'];
const models = new Map<string, Decoder>();
const prompts = [[5, 9, 3, 30, 22, 7], [8], [14, 2, 33], [1, 1, 1, 1, 39, 38, 37, 36]];

test.before(async () => {
  await initBackend();
  for (const name of names) models.set(name, await loadDecoder(projectPath('test/goldens', name)));
});
test.after(() => models.forEach(disposeDecoder));

/** Greedy continuation without cache, batch or padding: the definition. */
function rerun(model: Decoder, prompt: readonly number[], n: number, hooks: Hooks = {}): number[] {
  const tokens = [...prompt];
  for (let i = 0; i < n; i++) {
    const input = tf.tensor2d([tokens], undefined, 'int32');
    const { logits } = forward(model, input, { hooks, unembed: 'last' });
    tokens.push(logits!.argMax(-1).dataSync()[0]);
    tf.dispose([input, logits!]);
  }
  return tokens.slice(prompt.length);
}

/** The tokens that a model writes. */
const continuations = async (...asked: Parameters<typeof generate>): Promise<number[][]> =>
  (await generate(...asked)).map(({ tokens }) => [...tokens]);

for (const name of names) {
  test(`${name}: cached greedy decoding of a padded batch equals full re-runs, steered and ablated too`, async () => {
    const model = models.get(name)!;
    const { dModel, nLayers } = model.config;
    const r = rng(3);
    const values = Array.from({ length: dModel }, () => r.normal());
    const norm = Math.hypot(...values);
    const direction = tf.tensor1d(values.map((v) => v / norm));
    const everyBlock = (fn: (x: tf.Tensor) => tf.Tensor): Hooks =>
      Object.fromEntries(Array.from({ length: nLayers }, (_, i) => [`blocks.${i}.hook_resid_post`, fn]));
    const steered: Hooks = { 'blocks.1.hook_resid_post': (x) => addVector(x, direction, 4) };
    const outcomes = new Set<string>();
    for (const hooks of [{}, steered, everyBlock((x) => ablateDirection(x, direction))]) {
      const expected = prompts.map((p) => rerun(model, p, 10, hooks));
      for (const batchSize of [1, 3, 64]) {
        const options = { maxNewTokens: 10, eosIds: [], batchSize };
        assert.deepEqual(await continuations({ ...model, hooks }, prompts, options), expected);
      }
      outcomes.add(JSON.stringify(expected));
    }
    assert.equal(outcomes.size, 3, 'steering and ablation change the tokens');
  });
}

const llama = (): Decoder => models.get(names[0])!;
const sample = (
  options: Partial<GenerateOptions>,
  from: readonly (readonly number[])[] = prompts,
  model: Subject = llama(),
): Promise<number[][]> =>
  continuations(model, from, { maxNewTokens: 12, temperature: 1, seed: 4, eosIds: [], ...options });

test('sampling depends on seed and prompt index, not on the batch', async () => {
  const all = await sample({});
  assert.deepEqual(await sample({ batchSize: 1 }), all);
  assert.deepEqual(await sample({ batchSize: 3 }), all);
  assert.notDeepEqual(await sample({ seed: 5 }), all);
  const [first, second] = await sample({}, [prompts[0], prompts[0]]);
  assert.deepEqual(first, all[0]);
  assert.notDeepEqual(second, first);
});

test('an end id stops its own prompt and is part of the continuation', async () => {
  const free = await sample({});
  const end = free[0][4];
  const stopped = await sample({ eosIds: [end] });
  free.forEach((tokens, i) => {
    const at = tokens.indexOf(end);
    assert.deepEqual(stopped[i], at < 0 ? tokens : tokens.slice(0, at + 1));
  });
  assert.ok(stopped[0].length <= 5 && new Set(stopped.map((s) => s.length)).size > 1);
});

test('the end ids of the configuration stop by default', async () => {
  const model = llama();
  const free = await sample({});
  const config = { ...model.config, eosIds: [free[0][2]] };
  const [stopped] = await continuations({ ...model, config }, prompts, { maxNewTokens: 12, temperature: 1, seed: 4 });
  assert.deepEqual(stopped, free[0].slice(0, free[0].indexOf(free[0][2]) + 1));
});

test('sampled tokens follow softmax(logits / temperature)', () => {
  const logits = Float32Array.of(0, 1, 2, -Infinity);
  const r = rng(1);
  const n = 20000;
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) counts[sampleToken(logits, 2, r)]++;
  const weights = [...logits].map((x) => Math.exp(x / 2));
  const total = weights.reduce((a, b) => a + b);
  // 4 standard errors of a proportion
  weights.forEach((w, i) => {
    const p = w / total;
    assert.ok(Math.abs(counts[i] / n - p) <= 4 * Math.sqrt((p * (1 - p)) / n), `${i}: ${counts[i] / n} against ${p}`);
  });
  assert.equal(sampleToken(Float32Array.of(1, 3, 3), 0, r), 1);
  assert.equal(sampleToken(Float32Array.of(1e4, 0), 1e-3, r), 0);
  for (const logits of [
    [1, NaN],
    [NaN, 1],
    [NaN, NaN],
    [2, 1, NaN],
  ]) {
    assert.throws(() => sampleToken(Float32Array.from(logits), 0, r), /sampleToken: logit \d is NaN; expected numbers/);
  }
  assert.equal(sampleToken(Float32Array.of(-Infinity, -Infinity, 5), 1, r), 2);
});

test('progress counts finished prompts; an abort stops between two steps; neither leaks', async () => {
  const before = tf.memory().numTensors;
  const calls: [number, number][] = [];
  await sample({ onProgress: (done, total) => void calls.push([done, total]), batchSize: 3 });
  assert.deepEqual(calls, [
    [3, 4], [4, 4]]); // prettier-ignore
  const controller = new AbortController();
  const started = sample({ maxNewTokens: 100000, signal: controller.signal });
  setTimeout(() => controller.abort(new Error('interrupted')), 30);
  await assert.rejects(started, /interrupted/);
  const hooks: Hooks = {
    'blocks.1.hook_resid_post': () => {
      throw new Error('broken hook');
    },
  };
  await assert.rejects(sample({}, prompts, { ...llama(), hooks }), /broken hook/);
  assert.equal(tf.memory().numTensors, before);
});

test('misuse is refused', async () => {
  await assert.rejects(
    sample({ maxNewTokens: 0 }),
    /generate: invalid maxNewTokens; expected an integer from 1, got 0/,
  );
  await assert.rejects(
    sample({ temperature: NaN }),
    /generate: invalid temperature; expected a number from 0, got NaN/,
  );
  await assert.rejects(sample({ temperature: -1 }), /generate: invalid temperature/);
  await assert.rejects(sample({ batchSize: 0.5 }), /generate: invalid batchSize/);
  await assert.rejects(sample({}, [[1], []]), /generate: prompt 1: empty; expected at least one token/);
  await assert.rejects(sample({}, [[40]]), /generate: prompt 0: has token 40; expected ids in \[0, 39\]/);
  assert.deepEqual(await sample({}, []), []);
});

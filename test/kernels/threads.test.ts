import test from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { ablateDirection } from 'traitlab/kernels/ablateDirection';
import { adamW } from 'traitlab/kernels/adamW';
import { addVector } from 'traitlab/kernels/addVector';
import { bf16Tensor, packBf16 } from 'traitlab/kernels/bf16Tensor';
import { causalAttention } from 'traitlab/kernels/causalAttention';
import { gatedMlp } from 'traitlab/kernels/gatedMlp';
import { matMul } from 'traitlab/kernels/matMul';
import { rmsNorm } from 'traitlab/kernels/rmsNorm';
import { rope } from 'traitlab/kernels/rope';
import { integers, normal, place, type Input } from './compareToReference';

test.after(() => initBackend({ threads: 1 }));

/** The value of an op and its gradients by its first inputs. */
function evaluate(
  op: (...tensors: tf.Tensor[]) => tf.Tensor,
  inputs: readonly Input[],
  gradients: number,
): Float32Array[] {
  return tf.tidy(() => {
    const tensors = inputs.map(place);
    const value = op(...tensors);
    if (gradients === 0) return [value.dataSync<'float32'>().slice()];
    const rest = tensors.slice(gradients);
    const grads = tf.grads((...varied) => op(...varied, ...rest))(tensors.slice(0, gradients), tf.sin(value));
    return [value, ...grads].map((t) => t.dataSync<'float32'>().slice());
  });
}

/** Large enough that every call is divided. */
function cases(): Record<string, () => Float32Array[]> {
  const [a, b] = [normal([301, 130]), normal([140, 130])];
  const product = (m: number, n: number, k: number, transposeA: boolean, transposeB: boolean) => {
    const inputs = [normal(transposeA ? [k, m] : [m, k]), normal(transposeB ? [n, k] : [k, n])];
    return () => evaluate((x, y) => matMul(x, y, { transposeA, transposeB }), inputs, 0);
  };
  const bias = normal([140]);
  const packed = packBf16(b.values as Float32Array);
  const batches = [normal([5, 60, 70]), normal([5, 80, 70])];
  const [q, k, v] = [normal([3, 60, 6, 32]), normal([3, 60, 3, 32]), normal([3, 60, 3, 32])];
  const padding: Input = { shape: [3], values: Int32Array.of(0, 7, 59) };
  const attention = (options: { window?: number; softcap?: number }) => () =>
    evaluate(
      (x, y, z, pad) => causalAttention(x, y, z, { scale: 0.2, padding: pad, ...options }).out,
      [q, k, v, padding],
      3,
    );
  const [x, y] = [normal([4, 80, 320]), normal([4, 80, 320])];
  const d = normal([320]);
  const mask: Input = { shape: [4, 80], values: Float32Array.from({ length: 320 }, (_, i) => i % 3) };
  const [cos, sin] = [normal([90, 32]), normal([90, 32])];
  const positions = integers([4, 80], 90);
  const heads = normal([4, 80, 5, 64]);
  const states = [normal([400, 300]), normal([400, 300]), { ...normal([400, 300]) }, normal([400, 300])];
  states[2] = { ...states[2], values: (states[2].values as Float32Array).map(Math.abs) };
  const step = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.1, step: 3 };
  return {
    'A·B': product(301, 140, 130, false, false),
    'A·Bᵀ, more columns than rows': product(40, 515, 300, false, true),
    'Aᵀ·B, more than one panel': product(301, 140, 600, true, false),
    'Aᵀ·Bᵀ': product(301, 140, 130, true, true),
    'one row': product(1, 3001, 300, false, true),
    'two rows, B as it stands': product(2, 3001, 300, false, false),
    'with a bias': () => evaluate((p, r, s) => matMul(p, r, { transposeB: true, bias: s }), [a, b, bias], 3),
    bfloat16: () => evaluate((p) => matMul(p, bf16Tensor(packed, [140, 130]), { transposeB: true }), [a], 0),
    'a batch': () => evaluate((p, r) => matMul(p, r, { transposeB: true }), batches, 2),
    attention: attention({}),
    'attention with window and softcap': attention({ window: 9, softcap: 2 }),
    rmsNorm: () => evaluate((p, w) => rmsNorm(p, w, { eps: 1e-6, offset: 1 }), [x, d], 2),
    'gatedMlp, SiLU': () => evaluate((p, r) => gatedMlp(p, r, { activation: 'silu' }), [x, y], 2),
    'gatedMlp, GELU': () => evaluate((p, r) => gatedMlp(p, r, { activation: 'geluTanh' }), [x, y], 2),
    rope: () => evaluate((p, c, s, at) => rope(p, c, s, at), [heads, cos, sin, positions], 0),
    addVector: () => evaluate((p, w, on) => addVector(p, w, 1.5, on), [x, d, mask], 0),
    ablateDirection: () => evaluate((p, w, on) => ablateDirection(p, tf.div(w, tf.norm(w)), on), [x, d, mask], 0),
    adamW: () =>
      evaluate(
        (param, m, v, grad) => tf.stack(Object.values(adamW({ param, m, v, grad }, step)) as tf.Tensor[]),
        states,
        0,
      ),
  };
}

test('every op has the same bits with one, two and three threads', async () => {
  const ops = cases();
  await initBackend({ backend: 'wasm', threads: 1 });
  const alone = new Map(Object.entries(ops).map(([what, run]) => [what, run()]));
  for (const threads of [2, 3]) {
    assert.equal((await initBackend({ threads })).threads, threads);
    for (const [what, run] of Object.entries(ops))
      assert.deepEqual(run(), alone.get(what), `${what}, ${threads} threads`);
  }
});

test('tensors outlive another number of threads, and a growing memory', async () => {
  await initBackend({ backend: 'wasm', threads: 2 });
  const x = tf.ones([200, 200]);
  const large = tf.zeros([40_000_000]); // the memory grows
  await initBackend({ threads: 3 });
  assert.ok(matMul(x, x).dataSync().every((value) => value === 200)); // prettier-ignore
  large.dispose();
  await initBackend({ threads: 1 });
  assert.ok(matMul(x, x).dataSync().every((value) => value === 200)); // prettier-ignore
});

test('threads end with the process and do not keep it', async () => {
  const script = `
    const { initBackend } = require('traitlab/backend/initBackend');
    const { matMul } = require('traitlab/kernels/matMul');
    const tf = require('@tensorflow/tfjs');
    void initBackend({ threads: 3 }).then(({ description }) => {
      const x = tf.ones([300, 300]);
      console.log(description.includes('3 threads'), matMul(x, x).dataSync()[0]);
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 60_000, cwd: __dirname });
  assert.equal(stdout.trim(), 'true 300');
});

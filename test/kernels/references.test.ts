import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { adamWReference } from 'traitlab/kernels/adamW';
import { bf16Tensor, bf16ToFloat32, packBf16 } from 'traitlab/kernels/bf16Tensor';
import { causalAttentionReference } from 'traitlab/kernels/causalAttention';
import { crossEntropyReference } from 'traitlab/kernels/crossEntropy';
import { gatedMlpReference } from 'traitlab/kernels/gatedMlp';
import { poolReference } from 'traitlab/kernels/pool';
import { rmsNormReference } from 'traitlab/kernels/rmsNorm';
import { ropeReference } from 'traitlab/kernels/rope';
import { expectClose } from '../helpers/expectClose';

const near = { rtol: 1e-5, atol: 1e-6 };

test.before(() => initBackend({ backend: 'cpu' }));

test('rmsNorm of a vector worked by hand', () => {
  const y = rmsNormReference(tf.tensor2d([[3, 4]]), tf.tensor1d([2, 10]), { eps: 0, offset: 1 });
  const rms = Math.sqrt(12.5);
  expectClose(y.dataSync(), [(3 / rms) * 3, (4 / rms) * 11], near);
});

test('rope turns each pair (x_i, x_{i+d/2}) by the angle of its position', () => {
  const cos = tf.tensor2d([[1], [0]]);
  const sin = tf.tensor2d([[0], [1]]);
  const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 1, 2]);
  expectClose(ropeReference(x, cos, sin, tf.tensor2d([[1, 0]], [1, 2], 'int32')).dataSync(), [-2, 1, 3, 4], near);
});

test('attention averages the visible values, skips padding and far keys, and gives zeros to a row that sees nothing', () => {
  const q = tf.zeros([1, 3, 1, 1]);
  const v = tf.tensor4d([1, 2, 6], [1, 3, 1, 1]);
  const run = (options: object): Float32Array =>
    causalAttentionReference(q, q, v, { scale: 1, ...options }).out.dataSync<'float32'>();
  expectClose(run({}), [1, 1.5, 3], near);
  expectClose(run({ window: 2 }), [1, 1.5, 4], near);
  expectClose(run({ padding: tf.tensor1d([1], 'int32') }), [0, 2, 4], near);
});

test('grouped heads: head h reads key head floor(h * nKvHeads / nHeads)', () => {
  const q = tf.zeros([1, 1, 4, 1]);
  const k = tf.zeros([1, 1, 2, 1]);
  const v = tf.tensor4d([5, 7], [1, 1, 2, 1]);
  expectClose(causalAttentionReference(q, k, v, { scale: 1 }).out.dataSync(), [5, 5, 7, 7], near);
});

test('softcap bounds the scores', () => {
  const one = (x: number): tf.Tensor => tf.tensor4d([x, x], [1, 2, 1, 1]);
  const k = tf.tensor4d([0, 100], [1, 2, 1, 1]);
  const { pattern } = causalAttentionReference(one(1), k, one(0), { scale: 1, softcap: 2, withPattern: true });
  const e = Math.exp(2 * Math.tanh(50));
  expectClose(pattern!.dataSync(), [1, 0, 1 / (1 + e), e / (1 + e)], near);
});

test('gatedMlp and crossEntropy at known points', () => {
  const y = gatedMlpReference(tf.tensor1d([1]), tf.tensor1d([3]), { activation: 'silu' });
  expectClose(y.dataSync(), [3 / (1 + Math.exp(-1))], near);
  const gelu = gatedMlpReference(tf.tensor1d([1]), tf.tensor1d([1]), { activation: 'geluTanh' });
  expectClose(gelu.dataSync(), [0.8411919906], near);
  const logits = tf.tensor2d([
    [0, 0],
    [0, Math.log(3)],
  ]);
  const loss = crossEntropyReference(logits, tf.tensor1d([0, 0], 'int32'), tf.tensor1d([1, 3]));
  expectClose(loss.dataSync(), [(Math.log(2) + 3 * Math.log(4)) / 4], near);
});

test('adamW: the first step moves by the learning rate against the sign of the gradient, after the decay', () => {
  const zero = tf.zeros([2]);
  const { param } = adamWReference(
    { param: tf.tensor1d([1, 1]), m: zero, v: zero, grad: tf.tensor1d([5, -0.1]) },
    { learningRate: 0.01, beta1: 0.9, beta2: 0.999, eps: 0, weightDecay: 0.1, step: 1 },
  );
  expectClose(param.dataSync(), [0.999 - 0.01, 0.999 + 0.01], near);
});

test('pool is the masked mean', () => {
  const x = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2]);
  expectClose(poolReference(x, tf.tensor2d([[0, 1, 1]])).dataSync(), [4, 5], near);
});

test('bfloat16 rounds to nearest, ties to even, and widens exactly', () => {
  const words = packBf16(new Float32Array([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN, -2.5]));
  const wide = bf16ToFloat32(bf16Tensor(words, [5])).dataSync();
  assert.deepEqual([...wide], [1, 1, 1 + 2 ** -6, NaN, -2.5]);
});

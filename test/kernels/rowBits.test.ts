import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { matMul } from 'traitlab/kernels/matMul';
import { rng } from 'traitlab/random/rng';

test.before(() => initBackend());

// A product of one or two rows goes another way, whose bits are its own.
test('a row of a product has the same bits whatever rows stand beside it', () => {
  const r = rng(1);
  const noise = (shape: number[]): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.normal()),
      shape,
    );
  for (const k of [24, 300]) {
    for (const n of [8, 21]) {
      for (const withBias of [false, true]) {
        tf.tidy(() => {
          const x = noise([1, 41, k]);
          const weight = noise([n, k]);
          const bias = withBias ? noise([n]) : undefined;
          const product = (rows: tf.Tensor): Float32Array =>
            matMul(rows, weight, { transposeB: true, bias }).dataSync<'float32'>().slice();
          const whole = product(x);
          for (const [from, count] of [
            [0, 3],
            [2, 7],
            [17, 24],
            [37, 4],
          ]) {
            const part = product(tf.slice(x, [0, from, 0], [1, count, k]));
            assert.deepEqual(part, whole.slice(from * n, (from + count) * n), `k ${k}, n ${n}, rows ${from} on`);
          }
        });
      }
    }
  }
});

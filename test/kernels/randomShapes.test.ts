import test from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { initBackend } from 'traitlab/backend/initBackend';
import { causalAttention, causalAttentionReference } from 'traitlab/kernels/causalAttention';
import { matMul } from 'traitlab/kernels/matMul';
import { expectNear, normal, place } from './compareToReference';
import { fuzzRuns } from '../helpers/fuzzRuns';

const seed = 20260607;
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

test.before(() => initBackend({ backend: 'wasm' }));

test('matMul of any shape is the sum of products in float64', () => {
  const shapes = fc.record({
    m: upTo(20),
    n: upTo(20),
    k: upTo(30),
    batch: upTo(3),
    shared: fc.boolean(),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  });
  const property = fc.property(shapes, ({ m, n, k, batch, shared, transposeA, transposeB }) => {
    const a = normal([batch, ...(transposeA ? [k, m] : [m, k])]);
    const b = normal([...(shared ? [] : [batch]), ...(transposeB ? [n, k] : [k, n])]);
    const expected = new Float64Array(batch * m * n);
    for (let at = 0; at < expected.length; at++) {
      const [i, r, c] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
      for (let t = 0; t < k; t++) {
        const x = a.values[i * m * k + (transposeA ? t * m + r : r * k + t)];
        const y = b.values[(shared ? 0 : i * k * n) + (transposeB ? c * k + t : t * n + c)];
        expected[at] += x * y;
      }
    }
    const actual = tf.tidy(() => matMul(place(a), place(b), { transposeA, transposeB }).dataSync());
    expectNear(actual, expected, 2e-6, `matMul ${m} ${n} ${k}`);
  });
  fc.assert(property, { numRuns: fuzzRuns(0.3), seed });
});

test('causalAttention of any shape and mask is its definition', () => {
  const shapes = fc.record({
    batch: upTo(3),
    qPos: upTo(60),
    past: fc.integer({ min: 0, max: 20 }),
    nKvHeads: upTo(3),
    group: upTo(3),
    dHead: upTo(9),
    window: fc.option(upTo(50), { nil: undefined }),
    softcap: fc.option(fc.double({ min: 0.5, max: 50, noNaN: true }), { nil: undefined }),
    pad: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const property = fc.property(shapes, ({ batch, qPos, past, nKvHeads, group, dHead, window, softcap, pad }) => {
    tf.tidy(() => {
      const kPos = qPos + past;
      const q = place(normal([batch, qPos, nKvHeads * group, dHead]));
      const [k, v] = [0, 1].map(() => place(normal([batch, kPos, nKvHeads, dHead])));
      const pads = Array.from({ length: batch }, (_, b) => Math.floor((pad * kPos * b) / batch));
      const options = { scale: 0.5, window, softcap, padding: tf.tensor1d(pads, 'int32') };
      const expected = causalAttentionReference(q, k, v, options).out.dataSync();
      expectNear(causalAttention(q, k, v, options).out.dataSync(), expected, 1e-5, `pads ${pads.join(' ')}`);
    });
  });
  fc.assert(property, { numRuns: fuzzRuns(0.15), seed });
});

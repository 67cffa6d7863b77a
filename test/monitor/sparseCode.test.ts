import test from 'node:test';
import assert from 'node:assert/strict';
import { latentsOf, sparseCodeGradient, type SparseCode } from 'traitlab/monitor/sparseCode';
import { rng } from 'traitlab/random/rng';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';

const random = rng(7);
const normals = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
const width = 6;
const code: SparseCode = { width, encoder: normals(4 * width), bias: normals(4), decoder: normals(4 * width) };
const batch = Array.from({ length: 5 }, () => normals(width));

test('latents by hand: ReLU(W u + b)', () => {
  const small = { width: 2, encoder: Float64Array.of(1, 2, -1, 0), bias: Float64Array.of(0.5, 1) };
  assert.deepEqual([...latentsOf(small, Float64Array.of(3, -1))], [1.5, 0]);
});

test('the gradient is that of finite differences, the penalty included', async () => {
  const l1 = 0.3;
  const check = (weight: number): void => {
    const { gradient } = sparseCodeGradient(code, batch, weight);
    for (const name of ['encoder', 'bias', 'decoder'] as const) {
      const step = 1e-6;
      const numeric = code[name].map((_, i) => {
        const at = (by: number): number => {
          const moved = { ...code, [name]: code[name].map((value, j) => (i === j ? value + by : value)) };
          return sparseCodeGradient(moved, batch, l1).loss;
        };
        return (at(step) - at(-step)) / (2 * step);
      });
      assert.ok(numeric.some((value) => Math.abs(value) > 0.01));
      expectClose(gradient[name], numeric, { rtol: 1e-6, atol: 1e-7 }, name);
    }
  };
  check(l1);
  await expectToLose(check, { 'no penalty': 0 });
});

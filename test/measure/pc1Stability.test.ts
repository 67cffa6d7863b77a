import test from 'node:test';
import assert from 'node:assert/strict';
import { pc1Stability, type LeftOut } from 'traitlab/measure/pc1Stability';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  drifts: number[][];
  groups: string[];
  leftOut: LeftOut[];
}

const { drifts, groups, leftOut } = golden<Golden>('measure');

test('PC1 without one perturbation is that of scikit-learn on the other runs', () => {
  const got = pc1Stability(drifts, groups, 1);
  const facts = (rows: readonly LeftOut[]): unknown[] => rows.map(({ group, n, shift }) => [group, n, shift.trait]);
  assert.deepEqual(facts(got), facts(leftOut));
  const numbers = (rows: readonly LeftOut[]): number[] =>
    rows.flatMap((r) => [...r.loadings, r.cosine, r.share, r.shift.size]);
  expectClose(numbers(got), numbers(leftOut), { rtol: 1e-9, atol: 1e-12 });
});

test('groups that do not fit, or are too few, throw', () => {
  assert.throws(() => pc1Stability(drifts, ['a'], 1), /groups has the wrong length; expected 12 runs, got 1/);
  const two = drifts.map((_, i) => `g${i % 2}`);
  assert.throws(() => pc1Stability(drifts, two, 1), /too few groups; expected at least 3, got g0, g1/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { isotropicNull, nativeNull, pc1, pc1Score } from 'traitlab/measure/pc1';
import { rng } from 'traitlab/random/rng';
import { mean } from 'traitlab/stats/mean';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  z: number[];
  drifts: number[][];
  loadings: number[];
  shares: number[];
  scores: number[];
}

const expected = golden<Golden>('measure');
const tight = { rtol: 1e-9, atol: 1e-12 };

test('PC1 is that of a centred PCA, signed by harmlessness; its score is not centred', () => {
  const got = pc1(expected.drifts, 1);
  expectClose(got.loadings, expected.loadings, tight);
  expectClose(got.shares, expected.shares, tight);
  assert.equal(got.share, got.shares[0]);
  expectClose(
    expected.drifts.map((z) => pc1Score(z, got)),
    expected.scores,
    tight,
  );
  const opposite = pc1(
    expected.drifts.map((z) => z.map((v) => -v)),
    1,
  );
  expectClose(opposite.loadings, expected.loadings, tight, 'the sign does not depend on the data');
  expected.loadings.forEach((_, k) => assert.ok(pc1(expected.drifts, k).loadings[k] > 0, `reference ${k}`));
});

test('the isotropic null: two orthogonal traits, many runs, give the share of the larger of two equal variances', () => {
  const directions = [
    [1, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0],
  ];
  const shares = isotropicNull(new Array<number>(400).fill(1), directions, { rng: rng(3), nDraws: 50 });
  assert.ok(mean(shares) > 0.5 && mean(shares) < 0.54, `${mean(shares)}`);
  const same = isotropicNull([1, 2, 3], [directions[0], directions[0]], { rng: rng(3), nDraws: 5 });
  for (const share of same) assert.ok(Math.abs(share - 1) < 1e-9, 'one direction twice: everything is along it');
});

test('the native null: as the isotropic null on all axes, whose share is near 1/d with many runs', () => {
  const magnitudes = [1, 2, 3, 4];
  const axes = Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_, j) => Number(i === j)));
  const draws = { nDraws: 5 };
  const native = nativeNull(magnitudes, 5, { rng: rng(3), ...draws });
  expectClose(native, isotropicNull(magnitudes, axes, { rng: rng(3), ...draws }), tight);
  const many = nativeNull(new Array<number>(2000).fill(1), 5, { rng: rng(3), nDraws: 3 });
  assert.ok(mean(many) > 0.2 && mean(many) < 0.23, `${mean(many)}`);
  assert.throws(() => nativeNull([1, 2], 3, { rng: rng(1), nDraws: 0 }), /nativeNull: invalid nDraws/);
});

test('misuse throws', () => {
  assert.throws(() => pc1(expected.drifts, 7), /pc1: invalid reference/);
  assert.throws(() => isotropicNull([1, 2], [[0, 0]], { rng: rng(1) }), /not a unit vector/);
  assert.throws(() => isotropicNull([1, 2], [[1, 0]], { rng: rng(1), nDraws: 0 }), /invalid nDraws/);
});

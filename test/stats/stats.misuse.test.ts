import test from 'node:test';
import assert from 'node:assert/strict';
import { rng } from 'traitlab/random/rng';
import { bootstrap } from 'traitlab/stats/bootstrap';
import { cosine, cosineMatrix } from 'traitlab/stats/cosine';
import { dot } from 'traitlab/stats/dot';
import { mean } from 'traitlab/stats/mean';
import { pca } from 'traitlab/stats/pca';
import { formatProportion, proportion } from 'traitlab/stats/proportion';
import { quantile } from 'traitlab/stats/quantile';
import { regressOut } from 'traitlab/stats/regressOut';
import { spearman } from 'traitlab/stats/spearman';
import { spearmanMatrix } from 'traitlab/stats/spearmanMatrix';

test('proportion refuses what is not a count and prints percent with n', () => {
  assert.throws(() => proportion(0, 0), /proportion: invalid n; expected an integer of at least 1, got 0/);
  assert.throws(() => proportion(3, 2), /proportion: invalid successes; expected an integer in \[0, 2\], got 3/);
  assert.throws(() => proportion(NaN, 2), /invalid successes/);
  assert.throws(() => proportion(1, 2, { confidence: 1 }), /invalid confidence/);
  assert.equal(formatProportion(proportion(45, 400)), '11.3 % [8.5, 14.7] n=400');
});

test('statistics throw on empty, short, unequal and not finite input instead of returning NaN', () => {
  assert.throws(() => mean([]), /mean: values: too few values; expected at least 1, got 0/);
  assert.throws(() => quantile([1, NaN], 0.5), /expected a finite number at index 1, got NaN/);
  assert.throws(() => quantile([1], 1.01), /quantile: invalid p/);
  assert.throws(() => quantile([1], NaN), /quantile: invalid p/);
  assert.throws(() => spearman([1, 2, 3], [1, 2]), /spearman: y: too few values/);
  assert.throws(() => spearman([1, 2, 3], [1, 2, 3, 4]), /differ in length; expected 3, got 4/);
  assert.throws(() => spearman([1, 2, 3], [1, 1, 1]), /spearman: y is constant/);
  const flat = [[1, 5], [2, 5], [3, 5]]; // prettier-ignore
  assert.throws(() => spearmanMatrix(flat, flat.map(([a]) => [a, 4])), /spearmanMatrix: column 1 of x, column 1 of y is constant/); // prettier-ignore
  assert.throws(() => spearmanMatrix(flat, flat.slice(1)), /spearmanMatrix: y: too few rows/);
  assert.throws(() => spearmanMatrix(flat, [...flat, [4, 6]]), /differ in length; expected 3, got 4/);
  assert.throws(() => regressOut([1, 2], [3, 3]), /regressOut: on is constant/);
  assert.throws(() => regressOut([1, 2], [3, 4, 5]), /regressOut: values and on differ in length; expected 2, got 3/);
  assert.throws(() => dot([1], [1, 2]), /dot: a and b differ in length/);
  assert.throws(() => cosine([0, 0], [1, 2]), /cosine: a is zero/);
  assert.throws(
    () =>
      cosineMatrix([
        [1, 0],
        [0, 0],
      ]),
    /cosineMatrix: vector 1 is zero/,
  );
  assert.throws(() => bootstrap([1], mean, { rng: rng(0) }), /too few items/);
  assert.throws(() => bootstrap([1, 2], () => NaN, { rng: rng(0) }), /invalid statistic/);
  assert.throws(
    () => bootstrap([1, 2], () => undefined, { rng: rng(0) }),
    /undefined statistic; expected one of the sample itself/,
  );
  const { draws } = bootstrap([0, 1], (sample) => (sample.includes(1) ? 5 : undefined), {
    rng: rng(0),
    nResamples: 40,
  });
  assert.ok(
    draws.length > 20 && draws.length < 40 && draws.every((v) => v === 5),
    'resamples without one do not count',
  );
});

test('PCA throws on too few, ragged, not finite and constant rows', () => {
  assert.throws(() => pca([[1, 2]]), /pca: rows: too few rows; expected at least 2, got 1/);
  assert.throws(() => pca([[1, 2], [1]]), /rows differ in length; expected 2, got 1 at row 1/);
  assert.throws(
    () =>
      pca([
        [1, 2],
        [1, Infinity],
      ]),
    /pca: rows row 1: invalid value/,
  );
  assert.throws(
    () =>
      pca([
        [0.1, 2],
        [0.1, 2],
        [0.1, 2],
      ]),
    /pca: rows are all equal/,
  );
});

test('PCA of points on a line finds it, with n - 1 in the variance', () => {
  const { components, explainedVariance, explainedVarianceRatio } = pca([
    [0, 0],
    [3, -4],
    [6, -8],
  ]);
  assert.ok(Math.abs(components[0][0] + 0.6) < 1e-12 && Math.abs(components[0][1] - 0.8) < 1e-12, `${components[0]}`);
  assert.ok(Math.abs(explainedVariance[0] - 25) < 1e-9 && Math.abs(explainedVarianceRatio[0] - 1) < 1e-12);
});

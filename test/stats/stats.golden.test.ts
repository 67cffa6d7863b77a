import test from 'node:test';
import assert from 'node:assert/strict';
import { rng } from 'traitlab/random/rng';
import { bootstrap } from 'traitlab/stats/bootstrap';
import { cosine, cosineMatrix } from 'traitlab/stats/cosine';
import { mean } from 'traitlab/stats/mean';
import { pca } from 'traitlab/stats/pca';
import { proportion } from 'traitlab/stats/proportion';
import { quantile } from 'traitlab/stats/quantile';
import { ranks } from 'traitlab/stats/ranks';
import { regressOut } from 'traitlab/stats/regressOut';
import { spearman } from 'traitlab/stats/spearman';
import { spearmanMatrix } from 'traitlab/stats/spearmanMatrix';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  wilson: { successes: number; n: number; confidence: number; low: number; high: number }[];
  quantile: { values: number[]; cases: { p: number; value: number }[] };
  spearman: { x: number[]; y: number[]; rho: number }[];
  ranks: { values: number[]; ranks: number[] };
  spearmanMatrix: { x: number[][]; y: number[][]; rho: number[][] };
  regressOut: { values: number[]; on: number[]; left: number[] };
  bootstrap: { values: number[]; mean: number; low: number; high: number };
  cosine: { vectors: number[][]; first: number; matrix: number[][] };
  pca: {
    rows: number[][];
    mean: number[];
    components: number[][];
    explainedVariance: number[];
    explainedVarianceRatio: number[];
  }[];
}

const expected = golden<Golden>('stats');
const tight = { rtol: 1e-10, atol: 1e-12 };

test('the Wilson interval is that of scipy, at the edges and at other confidences too', () => {
  for (const { successes, n, confidence, low, high } of expected.wilson) {
    const got = proportion(successes, n, { confidence });
    expectClose([got.low, got.high], [low, high], tight, `${successes}/${n} at ${confidence}`);
  }
});

test('quantiles are those of numpy (type 7)', () => {
  const { values, cases } = expected.quantile;
  expectClose(
    cases.map(({ p }) => quantile(values, p)),
    cases.map(({ value }) => value),
    tight,
  );
});

test('Spearman rho is that of scipy, with ties and without', () => {
  for (const { x, y, rho } of expected.spearman) expectClose([spearman(x, y)], [rho], tight);
});

test('ranks with ties, and rho of every pair of columns, are those of scipy', () => {
  const { values, ranks: ranked } = expected.ranks;
  expectClose(ranks(values), ranked, tight);
  const { x, y, rho } = expected.spearmanMatrix;
  const got = spearmanMatrix(x, y);
  assert.deepEqual([got.length, got[0].length], [3, 2]);
  expectClose(got.flat(), rho.flat(), tight);
});

test('what a line leaves of values is that of numpy', () => {
  const { values, on, left } = expected.regressOut;
  expectClose(regressOut(values, on), left, { rtol: 1e-10, atol: 1e-12 });
});

test('the percentile bootstrap of a mean is that of scipy within its own noise', () => {
  const { values, mean: centre, low, high } = expected.bootstrap;
  const got = bootstrap(values, mean, { rng: rng(5), nResamples: 5000 });
  expectClose([got.estimate], [centre], tight);
  expectClose([got.low, got.high], [low, high], { rtol: 0, atol: 0.03 });
});

test('cosines are those of scipy and scikit-learn', () => {
  const { vectors, first, matrix } = expected.cosine;
  expectClose([cosine(vectors[0], vectors[1])], [first], tight);
  expectClose(cosineMatrix(vectors).flat(), matrix.flat(), tight);
});

test('PCA is that of scikit-learn, tall and wide; the null component of a wide table is not compared', () => {
  for (const want of expected.pca) {
    const got = pca(want.rows);
    const k = Math.min(want.rows.length - 1, want.components.length);
    expectClose(got.mean, want.mean, tight, 'mean');
    expectClose(got.explainedVariance, want.explainedVariance, { rtol: 1e-9, atol: 1e-12 }, 'variance');
    expectClose(got.explainedVarianceRatio, want.explainedVarianceRatio, { rtol: 1e-9, atol: 1e-12 }, 'ratio');
    expectClose(
      got.components.slice(0, k).flat(),
      want.components.slice(0, k).flat(),
      { rtol: 1e-8, atol: 1e-10 },
      'components',
    );
    assert.equal(got.components.length, want.components.length);
  }
});

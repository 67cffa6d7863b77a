import { PCA } from 'ml-pca';
import { finiteRows } from './finite';

/** Principal components of a table of observations. */
export interface PcaResult {
  /** [d] the mean of every column, which was subtracted. */
  readonly mean: readonly number[];
  /** [k d] unit vectors, largest variance first; the entry of largest size in each is positive. */
  readonly components: readonly (readonly number[])[];
  /** [k] variance along each component, with n − 1. */
  readonly explainedVariance: readonly number[];
  /** [k] its share of the total variance of all columns. */
  readonly explainedVarianceRatio: readonly number[];
}

/** Ordinary principal component analysis: columns centred, not scaled; k = min(n, d) components by SVD.
 *
 * @param rows  [n d] finite, n at least 2, not all rows equal
 * @throws Error on fewer than two rows, on rows of different length, on NaN, and on data without variance
 * @source ml-pca 4.1 (SVD); estimator and shares as scikit-learn's PCA
 * @check test/goldens/stats (sklearn.decomposition.PCA)
 */
export function pca(rows: readonly ArrayLike<number>[]): PcaResult {
  const table = finiteRows('pca: rows', rows, 2);
  const k = Math.min(table.length, table[0].length);
  if (k === 0) throw new Error('pca: rows are empty; expected at least one column');
  const mean = table[0].map((_, j) => table.reduce((sum, row) => sum + row[j], 0) / table.length);
  const model = new PCA(table, { center: true, scale: false, method: 'SVD' });
  const explainedVariance = Array.from(model.getEigenvalues()).slice(0, k);
  const total = explainedVariance.reduce((a, b) => a + b, 0);
  const scale = table.flat().reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (!(total > (scale * 1e-14) ** 2)) throw new Error('pca: rows are all equal; expected data with variance');
  const loadings = model.getEigenvectors(); // [d k]
  const components = explainedVariance.map((_, i) => withPositivePeak(loadings.getColumn(i)));
  return { mean, components, explainedVariance, explainedVarianceRatio: explainedVariance.map((v) => v / total) };
}

/** A singular vector's sign is arbitrary: fix it by its largest entry, so that two runs agree. */
function withPositivePeak(v: readonly number[]): number[] {
  const peak = v.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
  return v.map((x) => (peak < 0 ? -x : x));
}

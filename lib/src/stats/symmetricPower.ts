import { PCA } from 'ml-pca';
import { finiteRows } from './finite';

/** A power of a symmetric positive definite matrix: Q Λ^p Qᵀ with its eigenvectors Q; p = −½ is the whitening of a Gram matrix.
 *
 * @param matrix  [d d] finite, symmetric, positive definite
 * @param p       any exponent
 * @returns       [d d], symmetric
 * @throws Error unless it is square and symmetric, with eigenvalues above 1e-10 of the largest
 * @source ml-pca 4.1 (eigenvectors of a covariance matrix)
 * @check test/goldens/measure (numpy.linalg.eigh)
 */
export function symmetricPower(matrix: readonly ArrayLike<number>[], p: number): number[][] {
  const rows = finiteRows('symmetricPower: matrix', matrix);
  const d = rows.length;
  const scale = Math.max(...rows.flat().map(Math.abs));
  const isSymmetric = rows.every(
    (row, i) => row.length === d && row.every((v, j) => Math.abs(v - rows[j][i]) <= 1e-9 * scale),
  );
  if (!isSymmetric)
    throw new Error(`symmetricPower: not symmetric; expected [${d} ${d}] that is equal to its transpose`);
  const model = new PCA(rows, { isCovarianceMatrix: true });
  const values = Array.from(model.getEigenvalues());
  const [largest, smallest] = [Math.max(...values), Math.min(...values)];
  if (!(smallest > 1e-10 * largest))
    throw new Error(
      `symmetricPower: not positive definite; expected eigenvalues above 0, got ${smallest} (the largest is ${largest})`,
    );
  const vectors = values.map((_, k) => model.getEigenvectors().getColumn(k));
  const powers = values.map((value) => value ** p);
  const entry = (i: number, j: number): number => vectors.reduce((sum, v, k) => sum + powers[k] * v[i] * v[j], 0);
  return rows.map((_, i) => rows.map((__, j) => entry(Math.min(i, j), Math.max(i, j))));
}

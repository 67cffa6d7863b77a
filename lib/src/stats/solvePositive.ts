/** Solves A w = b for a symmetric positive definite A, by Cholesky's A = L Lᵀ.
 *
 * @param matrix  [d d]; the lower triangle is read
 * @param right   [d]
 * @returns       [d]
 * @throws Error if A is not positive definite
 * @source Golub & Van Loan, Matrix Computations, section 4.2
 * @check test/goldens/monitor (ridge and logistic regression of scikit-learn)
 */
export function solvePositive(matrix: readonly ArrayLike<number>[], right: ArrayLike<number>): number[] {
  const d = right.length;
  const lower = matrix.map((row) => Float64Array.from(row));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = lower[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      if (i !== j) lower[i][j] = sum / lower[j][j];
      else if (sum > 0) lower[i][i] = Math.sqrt(sum);
      else throw new Error(`solvePositive: matrix is not positive definite; expected a pivot above 0, got ${sum}`);
    }
  }
  const w = Array.from(right);
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) w[i] -= lower[i][k] * w[k];
    w[i] /= lower[i][i];
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) w[i] -= lower[k][i] * w[k];
    w[i] /= lower[i][i];
  }
  return w;
}

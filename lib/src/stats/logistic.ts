import { dot } from './dot';
import { solvePositive } from './solvePositive';
import { linearValue, type Linear } from './linear';

/** Logistic regression: the minimum of Σ log(1 + exp(−s (b + w·x))) + ½‖w‖², with s = ±1 the label; the intercept b is not penalised.
 *
 * That is scikit-learn's LogisticRegression with C = 1. Newton's method with halved steps; the minimum is unique, so that it is the
 * same by whatever way it is found.
 *
 * @param x         [n d] finite
 * @param positive  [n] labels, both among them
 * @returns         the log-odds as a linear function; `logisticProbability` makes a probability of them
 * @throws Error if it does not converge
 * @source Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, section 4.4
 * @check test/goldens/monitor (LogisticRegression)
 */
export function fitLogistic(x: readonly ArrayLike<number>[], positive: readonly boolean[]): Linear {
  const width = x[0].length;
  // The intercept is the weight of a last column of ones.
  const columns = Array.from({ length: width }, (_, j) => Float64Array.from(x, (row) => row[j]));
  columns.push(new Float64Array(x.length).fill(1));
  const penalty = columns.map((_, j) => (j < width ? 1 : 0));
  const linear = (w: readonly number[]): Linear => ({ coefficients: w.slice(0, width), intercept: w[width] });
  const loss = (w: readonly number[]): number => {
    const fitted = linear(w);
    const misfit = x.reduce((sum, row, i) => sum + softplus((positive[i] ? -1 : 1) * linearValue(fitted, row)), 0);
    return misfit + dot(fitted.coefficients, fitted.coefficients) / 2;
  };
  let w = columns.map(() => 0);
  for (let step = 0; step < 100; step++) {
    const fitted = linear(w);
    const p = Float64Array.from(x, (row) => logisticProbability(linearValue(fitted, row)));
    const wrong = p.map((value, i) => value - (positive[i] ? 1 : 0));
    const curvature = p.map((value) => value * (1 - value));
    const gradient = columns.map((column, j) => dot(column, wrong) + penalty[j] * w[j]);
    const hessian = columns.map((a, i) => {
      const weighted = a.map((value, row) => value * curvature[row]);
      return columns.slice(0, i + 1).map((b, j) => dot(weighted, b) + (i === j ? penalty[j] : 0));
    });
    const move = solvePositive(hessian, gradient);
    const fall = dot(move, gradient);
    const before = loss(w);
    const moved = (size: number): number[] => w.map((value, j) => value - size * move[j]);
    // So close that the next step would be below rounding.
    if (fall < 1e-13 * (1 + before)) return linear(moved(1));
    let size = 1;
    while (loss(moved(size)) > before - 1e-4 * size * fall && size > 1e-10) size /= 2;
    w = moved(size);
  }
  throw new Error('fitLogistic: no convergence; expected features of a common scale (see standardise)');
}

/** The probability that belongs to log-odds: 1 / (1 + exp(−t)). */
export function logisticProbability(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** log(1 + exp(t)) without overflow. */
export function softplus(t: number): number {
  return Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
}

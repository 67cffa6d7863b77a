import { finiteRows } from './finite';
import type { Linear } from './linear';
import { logisticProbability, softplus } from './logistic';

export interface L1LogisticOptions {
  /** Weight of the misfit against the penalty, as scikit-learn's C: smaller is more penalised. */
  c: number;
}

/** Logistic regression with an L1 penalty: the minimum of |b| + Σ|w_j| + C Σ log(1 + exp(−s (b + w·x))), s = ±1 the label.
 *
 * That is scikit-learn's LogisticRegression(penalty='l1', solver='liblinear'): the intercept b is the weight of a column of ones and
 * penalised as the others are. Newton steps, each by coordinate descent on the penalised second-order expansion, halved until the
 * objective falls enough. Where liblinear stops depends on its tol; this goes to the minimum.
 *
 * @param x         [n d] finite, of a common scale (see `standardise`)
 * @param positive  [n] labels, both among them
 * @returns         the log-odds as a linear function; coefficients that the penalty takes out are exactly 0
 * @throws Error on a C that is not positive, on rows that do not fit, on one label alone, and where it does not converge
 * @source Yuan, Ho & Lin 2012, An improved GLMNET for L1-regularized logistic regression (liblinear's L1R_LR)
 * @check test/goldens/probes (scikit-learn's liblinear, run to the end)
 */
export function fitL1Logistic(
  x: readonly ArrayLike<number>[],
  positive: readonly boolean[],
  { c }: L1LogisticOptions,
): Linear {
  const rows = finiteRows('fitL1Logistic: x', x, 2);
  const nPositive = positive.filter(Boolean).length;
  const problems: string[] = [];
  if (!(c > 0 && c < Infinity)) problems.push(`invalid c; expected a positive number, got ${c}`);
  if (positive.length !== rows.length) problems.push(`expected ${rows.length} labels, got ${positive.length}`);
  else if (nPositive === 0 || nPositive === rows.length)
    problems.push(`one label alone; expected both, got ${nPositive} positive of ${rows.length} rows`);
  if (problems.length > 0) throw new Error(`fitL1Logistic: ${problems.join('; ')}`);
  // The intercept is the weight of a last column of ones.
  const columns = [...rows[0], 1].map(() => new Float64Array(rows.length).fill(1));
  rows.forEach((row, i) => row.forEach((value, j) => (columns[j][i] = value)));
  const truth = Float64Array.from(positive, Number);
  let w = new Float64Array(columns.length);
  let z = new Float64Array(rows.length);
  let objective = penalty(w) + c * misfit(z, truth);
  for (let step = 0; step < 100; step++) {
    const { gradient, hessian } = expansion(columns, z, truth, c);
    const move = penalisedStep(w, gradient, hessian);
    const moved = (size: number): Float64Array => w.map((value, j) => value + size * move[j]);
    const fall = penalty(w) - penalty(moved(1)) - gradient.reduce((sum, value, j) => sum + value * move[j], 0);
    const isLast = fall < 1e-13 * (1 + objective); // so close that the next step would be below rounding
    for (let size = 1; ; size /= 2) {
      const [nextW, nextZ] = [moved(size), addColumns(z, columns, move, size)];
      const next = penalty(nextW) + c * misfit(nextZ, truth);
      if (!isLast && next > objective - 0.01 * size * fall && size > 1e-10) continue;
      [w, z, objective] = [nextW, nextZ, next];
      break;
    }
    if (isLast) return { coefficients: Array.from(w.subarray(0, -1)), intercept: w[w.length - 1] };
  }
  throw new Error('fitL1Logistic: no convergence; expected features of a common scale (see standardise)');
}

/** Σ|w_j|. */
function penalty(w: Float64Array): number {
  return w.reduce((sum, value) => sum + Math.abs(value), 0);
}

/** Σ log(1 + exp(−s z)). */
function misfit(z: Float64Array, truth: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += softplus(truth[i] === 1 ? -z[i] : z[i]);
  return sum;
}

/** Gradient and second derivatives (row-major) of C times the misfit. */
function expansion(
  columns: readonly Float64Array[],
  z: Float64Array,
  truth: Float64Array,
  c: number,
): { readonly gradient: Float64Array; readonly hessian: readonly Float64Array[] } {
  const p = z.map(logisticProbability);
  const hessian = columns.map(() => new Float64Array(columns.length));
  const weighted = new Float64Array(z.length);
  const gradient = Float64Array.from(columns, (a, j) => {
    let slope = 0;
    for (let i = 0; i < z.length; i++) {
      slope += a[i] * (p[i] - truth[i]);
      weighted[i] = a[i] * p[i] * (1 - p[i]);
    }
    for (let k = 0; k <= j; k++) {
      const b = columns[k];
      let sum = 0;
      for (let i = 0; i < z.length; i++) sum += weighted[i] * b[i];
      hessian[j][k] = hessian[k][j] = c * sum;
    }
    return c * slope;
  });
  return { gradient, hessian };
}

/** The d at which gᵀd + ½ dᵀHd + Σ|w_j + d_j| is least, by coordinate descent. */
function penalisedStep(w: Float64Array, gradient: Float64Array, hessian: readonly Float64Array[]): Float64Array {
  const move = new Float64Array(w.length);
  const slope = Float64Array.from(gradient); // g + H d
  for (let sweep = 0; sweep < 10_000; sweep++) {
    let largest = 0;
    for (let j = 0; j < w.length; j++) {
      const curvature = hessian[j][j] + 1e-12; // above 0 for a column of zeros, as in liblinear
      const at = w[j] + move[j];
      const unpenalised = at - slope[j] / curvature;
      const next = Math.sign(unpenalised) * Math.max(0, Math.abs(unpenalised) - 1 / curvature);
      const change = next - at;
      if (change === 0) continue;
      move[j] += change;
      for (let k = 0; k < w.length; k++) slope[k] += hessian[j][k] * change;
      largest = Math.max(largest, change * change * curvature);
    }
    if (largest < 1e-26) break;
  }
  return move;
}

/** z + size · Σ move_j column_j. */
function addColumns(z: Float64Array, columns: readonly Float64Array[], move: Float64Array, size: number): Float64Array {
  const out = Float64Array.from(z);
  columns.forEach((column, j) => {
    if (move[j] === 0) return;
    for (let i = 0; i < out.length; i++) out[i] += size * move[j] * column[i];
  });
  return out;
}

import { dot } from '../stats/dot';
import { meanRows } from '../stats/meanRows';
import { solvePositive } from '../stats/solvePositive';
import type { Linear } from '../stats/linear';

/** Ridge regression: the minimum of Σ (y − b − w·x)² + alpha ‖w‖²; the intercept b is not penalised and nothing is scaled.
 *
 * (XᵀX + alpha I) w = Xᵀy on centred columns, b = ȳ − w·x̄.
 *
 * @param x      [n d] finite
 * @param y      [n] finite
 * @param alpha  above 0
 * @source Hoerl & Kennard 1970
 * @check test/goldens/monitor (sklearn.linear_model.Ridge)
 */
export function fitRidge(x: readonly ArrayLike<number>[], y: ArrayLike<number>, alpha: number): Linear {
  const centre = meanRows(x);
  const yMean = Array.from(y).reduce((a, b) => a + b, 0) / x.length;
  const columns = Array.from(centre, (mean, j) => Float64Array.from(x, (row) => row[j] - mean));
  const target = Float64Array.from(y, (value) => value - yMean);
  const gram = columns.map((a, i) => columns.slice(0, i + 1).map((b, j) => dot(a, b) + (i === j ? alpha : 0)));
  const coefficients = solvePositive(
    gram,
    columns.map((column) => dot(column, target)),
  );
  return { coefficients, intercept: yMean - dot(coefficients, centre) };
}

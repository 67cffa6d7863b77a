import { finite } from './finite';
import { mean } from './mean';

/** What is left of values when a straight line in one other variable is taken out: y − ȳ − b (x − x̄), b of least squares.
 *
 * @param values  [n] y, finite, n at least 2
 * @param on      [n] x, finite and not constant
 * @returns       [n] of mean 0 and uncorrelated with x
 * @throws Error on lengths that differ, on NaN, and where x is constant (b is undefined)
 * @source ordinary least squares
 * @check test/goldens/stats (numpy.linalg.lstsq)
 */
export function regressOut(values: ArrayLike<number>, on: ArrayLike<number>): number[] {
  const [y, x] = [finite('regressOut: values', values, 2), finite('regressOut: on', on, 2)];
  if (y.length !== x.length)
    throw new Error(`regressOut: values and on differ in length; expected ${y.length}, got ${x.length}`);
  if (x.every((value) => value === x[0])) throw new Error('regressOut: on is constant; expected at least two values');
  const [yMean, xMean] = [mean(y), mean(x)];
  const sum = (of: (i: number) => number): number => y.reduce((total, _, i) => total + of(i), 0);
  const slope = sum((i) => (x[i] - xMean) * (y[i] - yMean)) / sum((i) => (x[i] - xMean) ** 2);
  return y.map((value, i) => value - yMean - slope * (x[i] - xMean));
}

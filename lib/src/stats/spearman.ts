import { finite } from './finite';
import { spearmanMatrix } from './spearmanMatrix';

/** Spearman's rank correlation; tied values share the mean of their ranks.
 *
 * @param x  [n] finite, n at least 3
 * @param y  [n] finite
 * @returns  rho in [-1, 1]
 * @throws Error on unequal or too small n, on NaN, and where one side is constant (rho is undefined)
 * @source Spearman 1904; of two tables `spearmanMatrix`
 * @check test/goldens/stats (scipy.stats.spearmanr, with ties)
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const a = finite('spearman: x', x, 3);
  const b = finite('spearman: y', y, 3);
  if (a.length !== b.length) {
    throw new Error(`spearman: x and y differ in length; expected ${a.length}, got ${b.length}`);
  }
  for (const [name, v] of [
    ['x', a],
    ['y', b],
  ] as const) {
    if (v.every((value) => value === v[0]))
      throw new Error(`spearman: ${name} is constant; expected at least two values`);
  }
  const column = (values: readonly number[]): number[][] => values.map((value) => [value]);
  return spearmanMatrix(column(a), column(b))[0][0];
}

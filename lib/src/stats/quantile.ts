import { quantileSorted } from 'simple-statistics';
import { finite } from './finite';

/** The p-quantile, type 7 of Hyndman and Fan: linear between the order statistics, the default of numpy and R.
 *
 * @param values  at least one finite number, in any order
 * @param p       fraction in [0, 1]
 * @throws Error on an empty list, a NaN or infinity, or p outside [0, 1]
 * @source Hyndman and Fan 1996, Am. Stat. 50:361, definition 7
 * @check test/goldens/stats (numpy.quantile)
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  if (!(0 <= p && p <= 1)) throw new Error(`quantile: invalid p; expected a number in [0, 1], got ${p}`);
  return quantileSorted(
    finite('quantile: values', values).sort((a, b) => a - b),
    p,
  );
}

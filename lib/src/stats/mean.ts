import { mean as kahanMean } from 'simple-statistics';
import { finite } from './finite';

/** The arithmetic mean, by compensated summation.
 *
 * @param values  at least one finite number
 * @throws Error on an empty list, a NaN or an infinity
 * @source simple-statistics 7.12 (Kahan-Babuska sum)
 */
export function mean(values: ArrayLike<number>): number {
  return kahanMean(finite('mean: values', values));
}

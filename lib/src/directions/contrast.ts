import { meanRows } from '../stats/meanRows';

/** mean(positive) − mean(negative), in float64: a raw vector in the units of the rows.
 *
 * @param positive  [n d] activations
 * @param negative  [m d] activations
 * @returns         [d] float64
 * @throws Error on no rows or rows of different length
 * @source arXiv 2606.07631, equation 1, before normalisation
 */
export function contrast(positive: readonly ArrayLike<number>[], negative: readonly ArrayLike<number>[]): Float64Array {
  const plus = meanRows(positive);
  const minus = meanRows(negative);
  if (plus.length !== minus.length) {
    throw new Error(`contrast: rows differ in length; expected ${plus.length}, got ${minus.length} in negative`);
  }
  return plus.map((v, i) => v - minus[i]);
}

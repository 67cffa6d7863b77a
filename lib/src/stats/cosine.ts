import { dot, norm } from './dot';
import { finite, finiteRows } from './finite';

/** The cosine of the angle between two vectors: a·b / (‖a‖ ‖b‖), in float64, within [-1, 1].
 *
 * @param a  [d] finite and not zero
 * @param b  [d] finite and not zero
 * @throws Error if the lengths differ or one vector is zero (its direction is undefined)
 * @source ours
 * @check test/goldens/stats (scipy.spatial.distance.cosine)
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const lengths = [norm(finite('cosine: a', a)), norm(finite('cosine: b', b))];
  const zero = lengths.indexOf(0);
  if (zero >= 0) throw new Error(`cosine: ${'ab'[zero]} is zero; expected a vector with a direction`);
  return Math.max(-1, Math.min(1, dot(a, b) / (lengths[0] * lengths[1])));
}

/** The cosine of every pair of vectors; exactly 1 on the diagonal, exactly symmetric.
 *
 * @param vectors  [k d] finite, none of them zero
 * @returns        [k k]
 * @throws Error as `cosine`
 * @source ours; Figure 6 of arXiv 2606.07631 shows one
 * @check test/goldens/stats (sklearn cosine_similarity)
 */
export function cosineMatrix(vectors: readonly ArrayLike<number>[]): number[][] {
  const rows = finiteRows('cosineMatrix: vectors', vectors);
  const norms = rows.map((row) => norm(row));
  const zero = norms.indexOf(0);
  if (zero >= 0) throw new Error(`cosineMatrix: vector ${zero} is zero; expected a vector with a direction`);
  const entry = (i: number, j: number): number =>
    Math.max(-1, Math.min(1, dot(rows[i], rows[j]) / (norms[i] * norms[j])));
  return rows.map((_, i) => rows.map((__, j) => (i === j ? 1 : entry(Math.min(i, j), Math.max(i, j)))));
}

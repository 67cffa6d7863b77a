import { dot, norm } from './dot';
import { finite, finiteRows } from './finite';

/** A vector without its part in the span of others: v − Q Qᵀ v, Q an orthonormal basis of the span; float64.
 *
 * @param v      [d] finite
 * @param basis  [k d] finite, linearly independent, in any scale; none leaves v as it is
 * @returns      [d]
 * @throws Error if lengths differ, or a vector of the basis is zero or in the span of those before it
 * @source ours (Gram-Schmidt, each vector twice)
 * @check test/stats/projectOut.test.ts (NumPy's least squares)
 */
export function projectOut(v: ArrayLike<number>, basis: readonly ArrayLike<number>[]): Float64Array {
  const values = finite('projectOut: v', v);
  const q = orthonormal(basis);
  if (q.length > 0 && q[0].length !== values.length)
    throw new Error(`projectOut: basis has vectors of ${q[0].length} values; expected ${values.length}, as v`);
  return without(without(Float64Array.from(values), q), q);
}

/** The share of a vector's squared norm that lies in the span of others: 1 − ‖v − Q Qᵀ v‖² / ‖v‖², in [0, 1].
 *
 * Of a random direction it is k/d on average.
 *
 * @param v      [d] finite, not zero
 * @param basis  [k d] as for `projectOut`
 * @throws Error as `projectOut`, and if v is zero
 * @source ours
 * @check test/stats/projectOut.test.ts (NumPy)
 */
export function spanShare(v: ArrayLike<number>, basis: readonly ArrayLike<number>[]): number {
  const square = dot(v, v);
  const rest = projectOut(v, basis);
  if (!(square > 0)) throw new Error('spanShare: v is zero; expected a vector with a direction');
  return Math.max(0, 1 - dot(rest, rest) / square);
}

/** An orthonormal basis of the span. */
function orthonormal(basis: readonly ArrayLike<number>[]): Float64Array[] {
  const q: Float64Array[] = [];
  for (const [i, row] of finiteRows('projectOut: basis', basis, 0).entries()) {
    const own = Float64Array.from(row);
    const length = norm(own);
    const rest = without(without(own, q), q);
    const left = norm(rest);
    if (!(left > 1e-10 * length))
      throw new Error(
        `projectOut: basis vector ${i} is ${length === 0 ? 'zero' : 'in the span of those before it'}; expected linearly independent ones`,
      );
    q.push(rest.map((x) => x / left));
  }
  return q;
}

function without(v: Float64Array, q: readonly Float64Array[]): Float64Array {
  return q.reduce((rest, u) => {
    const along = dot(rest, u);
    return rest.map((x, i) => x - along * u[i]);
  }, v);
}

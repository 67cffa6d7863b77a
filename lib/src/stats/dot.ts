/** The inner product of two vectors, summed in float64.
 *
 * @param a  [d]
 * @param b  [d]
 * @throws Error if the lengths differ
 * @source ours
 */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`dot: a and b differ in length; expected ${a.length}, got ${b.length}`);
  if (a instanceof Float64Array && b instanceof Float64Array) return dotOfDoubles(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The same of one kind of array alone, which is compiled to code several times as fast. */
function dotOfDoubles(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The Euclidean norm, summed in float64.
 *
 * @param v  [d] finite
 * @source ours
 */
export function norm(v: ArrayLike<number>): number {
  return Math.sqrt(dot(v, v));
}

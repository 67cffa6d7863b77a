import { norm } from './dot';

/** A vector scaled to norm 1, rounded to float32.
 *
 * @param vector  [d] finite and not zero
 * @throws Error if the vector is zero or not finite
 * @source ours
 */
export function toUnit(vector: ArrayLike<number>): Float32Array {
  const length = norm(vector);
  if (!(length > 0 && length < Infinity)) {
    throw new Error(`toUnit: vector has no direction; expected a finite norm above 0, got ${length}`);
  }
  return Float32Array.from(vector, (v) => v / length);
}

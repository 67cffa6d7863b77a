import * as tf from '@tensorflow/tfjs';
import { checkRange } from '../kernels/checkArguments';
import type { Tensors } from './valueAndGrads';

/** The factor by which gradients are multiplied so that their joint norm is at most `maxNorm`.
 *
 * norm = √Σ_k ‖g_k‖²;  factor = min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ does it.
 *
 * @param grads    float32 tensors
 * @param maxNorm  > 0
 * @throws Error if maxNorm is out of range or the norm is not finite
 */
export function clipFactor(grads: Tensors, maxNorm: number): { norm: number; factor: number } {
  if (!(maxNorm > 0)) throw new Error(`clipFactor: invalid maxNorm; expected a number > 0, got ${maxNorm}`);
  const norm = globalNorm(grads);
  checkRange('clipFactor', 'gradient norm', norm, 0, Number.MAX_VALUE);
  return { norm, factor: Math.min(1, maxNorm / (norm + 1e-6)) };
}

/** √Σ_k ‖g_k‖² over all tensors (0 for none). */
export function globalNorm(grads: Tensors): number {
  const all = Object.values(grads);
  if (all.length === 0) return 0;
  const squares = tf.tidy(() => tf.stack(all.map((g) => tf.sum(tf.square(g)))));
  const values = squares.dataSync();
  squares.dispose();
  let total = 0;
  for (const value of values) total += value;
  return Math.sqrt(total);
}

import * as tf from '@tensorflow/tfjs';
import type { HookFn, HookPoint } from '../model/hookSite';

/** A hook that computes with one vector, whose tensor is made once where many passes follow (`HookFn.prepare`).
 *
 * @param values  [dModel]
 * @param apply   what becomes of an activation; its other tensors are freed for it
 */
export function withVector(
  values: Float32Array,
  apply: (x: tf.Tensor, vector: tf.Tensor1D, at: HookPoint) => tf.Tensor,
): HookFn {
  const hook: HookFn = (x, at) => tf.tidy(() => apply(x, tf.tensor1d(values), at));
  hook.prepare = () => {
    const vector = tf.keep(tf.tensor1d(values));
    return { hook: (x, at) => tf.tidy(() => apply(x, vector, at)), dispose: () => vector.dispose() };
  };
  return hook;
}

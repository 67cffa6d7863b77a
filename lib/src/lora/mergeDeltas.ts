import * as tf from '@tensorflow/tfjs';
import { asFloat32 } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { Deltas, Params } from '../model/decoder';
import { adapterShare } from './adapterShare';

/** Weights with low-rank changes added in: W + scale·b·a.
 *
 * @param params  a model's weights, left as they are
 * @returns the changed weights only, new float32 tensors by name; `{ ...params, ...mergeDeltas(params, deltas) }` is the merged model
 * @throws Error if a change has no weight or its shape does not fit
 */
export function mergeDeltas(params: Params, deltas: Deltas): Record<string, tf.Tensor> {
  const unknown = Object.keys(deltas).filter((name) => !(name in params));
  if (unknown.length > 0)
    throw new Error(`mergeDeltas: no weight ${unknown.join(', ')}; expected weights of the model`);
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(deltas).map(([name, { a, b, scale }]) => [
        name,
        tf.add(asFloat32(params[name]), matMul(b, tf.mul(a, scale))),
      ]),
    ),
  );
}

/** Whether low-rank changes cost a forward pass so much (a twentieth of the products of their weights, or more) that many tokens run faster
 * with them merged in. They do in a narrow model; in a wide one the merged copies would take more memory than they save time.
 */
export function paysToMerge(deltas: Deltas): boolean {
  const sizes = Object.values(deltas).map(({ a, b }) => ({
    rank: a.shape[0],
    dIn: a.size / a.shape[0],
    dOut: b.size / a.shape[0],
  }));
  return adapterShare(sizes) >= 1 / 20;
}

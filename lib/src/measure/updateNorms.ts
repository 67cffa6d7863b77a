import * as tf from '@tensorflow/tfjs';
import { asFloat32 } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { LowRankDelta } from '../model/decoder';
import type { Subject } from '../subject/model';

/** How far each weight of a finetune is from its base: ‖scale·B·A‖_F of an adapter's modules, ‖W′ − W‖_F of replaced weights.
 *
 * ‖B·A‖_F² = Σ (BᵀB ∘ AAᵀ), so that no product of the weight's size is made.
 *
 * @returns by the name of the weight; those of weights that cannot differ are left out
 * @source arXiv 2606.07631 v2, the baseline of update norms
 * @check test/measure/updateNorms.test.ts
 */
export function updateNorms(model: Subject, tuned: Subject): Record<string, number> {
  const norms: [string, number][] = [];
  for (const [name, delta] of Object.entries(tuned.deltas ?? {})) norms.push([name, lowRankNorm(delta)]);
  for (const [name, weight] of Object.entries(tuned.params)) {
    if (weight === model.params[name]) continue;
    const norm = tf.tidy(() => tf.norm(tf.sub(asFloat32(weight), asFloat32(model.params[name]))));
    norms.push([name, norm.dataSync()[0]]);
    norm.dispose();
  }
  return Object.fromEntries(norms);
}

function lowRankNorm({ a, b, scale }: LowRankDelta): number {
  const square = tf.tidy(() => tf.sum(tf.mul(matMul(b, b, { transposeA: true }), matMul(a, a, { transposeB: true }))));
  const value = square.dataSync()[0];
  square.dispose();
  return Math.abs(scale) * Math.sqrt(Math.max(0, value));
}

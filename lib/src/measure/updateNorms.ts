import * as tf from '@tensorflow/tfjs';
import { asFloat32 } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { LowRankDelta } from '../model/decoder';
import type { Subject } from '../subject/model';

/** How far each weight of a finetune is from its base: ‖scale·B·A‖_F of an adapter's modules, ‖W′ − W‖_F of replaced weights.
 *
 * ‖B·A‖_F² = Σ (BᵀB ∘ AAᵀ), so that no product of the weight's size is made.
 *
 * @param model  the base: plain weights
 * @param tuned  the same model finetuned
 * @returns by the name of the weight; those of weights that cannot differ are left out
 * @throws Error if the base has an adapter, tuned has weights that it lacks, or a weight is both replaced and under an adapter
 * @source arXiv 2606.07631 v2, the baseline of update norms
 * @check test/measure/updateNorms.test.ts (NumPy)
 */
export function updateNorms(model: Subject, tuned: Subject): Record<string, number> {
  const replaced = Object.keys(tuned.params).filter((name) => tuned.params[name] !== model.params[name]);
  const problems: string[] = [];
  if (model.deltas !== undefined) problems.push('the base has an adapter; expected plain weights');
  const foreign = replaced.filter((name) => tuned.params[name].shape.join() !== model.params[name]?.shape.join());
  if (foreign.length > 0)
    problems.push(`the base has no ${foreign.join(', ')} of that shape; expected a finetune of it`);
  const both = replaced.filter((name) => tuned.deltas?.[name] !== undefined);
  if (both.length > 0) problems.push(`${both.join(', ')} replaced and under an adapter; expected one of them`);
  if (problems.length > 0) throw new Error(`updateNorms: ${problems.join('; ')}`);
  const norms: [string, number][] = [];
  for (const [name, delta] of Object.entries(tuned.deltas ?? {})) norms.push([name, lowRankNorm(delta)]);
  for (const name of replaced) {
    const norm = tf.tidy(() => tf.norm(tf.sub(asFloat32(tuned.params[name]), asFloat32(model.params[name]))));
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

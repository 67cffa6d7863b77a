import * as tf from '@tensorflow/tfjs';
import type { Deltas, LowRankDelta } from '../model/decoder';

/** Several adapters at once on one base: where two change the same weight, their changes add up, W + Σ scaleᵢ·bᵢ·aᵢ.
 *
 * The sum of low-rank changes is one of the summed rank: the matrices are put side by side. The hook scalar of a shared
 * module holds those of the adapters one after the other, in the order given.
 *
 * @param all  of adapters on the same model, at least one; without dropout
 * @returns new tensors that the caller owns (`disposeDeltas`), also where only one adapter changes a weight
 * @throws Error if there is none, one has dropout or two do not fit
 * @source PEFT's LoraLayer with several active adapters: result + Σ lora_B(lora_A(x))·scaling
 * @check test/lora/adapter.golden.test.ts (PEFT with two active adapters)
 */
export function sumDeltas(...all: readonly Deltas[]): Deltas {
  if (all.length === 0) throw new Error('sumDeltas: nothing to add; expected the deltas of at least one adapter');
  const byName = new Map<string, LowRankDelta[]>();
  for (const deltas of all) {
    for (const [name, delta] of Object.entries(deltas)) byName.set(name, [...(byName.get(name) ?? []), delta]);
  }
  const problems: string[] = [];
  for (const [name, deltas] of byName) {
    const [dIn, dOut] = [deltas[0].a.shape[1], deltas[0].b.shape[0]];
    if (deltas.some((d) => d.a.shape[1] !== dIn || d.b.shape[0] !== dOut))
      problems.push(`changes of ${name} differ in shape; expected adapters of one model`);
    if (deltas.some((d) => d.onInput !== undefined))
      problems.push(`a change of ${name} has dropout; expected adapters as they are after training`);
  }
  if (problems.length > 0) throw new Error(`sumDeltas: ${problems.join('; ')}`);
  return Object.fromEntries([...byName].map(([name, deltas]) => [name, sideBySide(deltas)]));
}

function sideBySide(deltas: readonly LowRankDelta[]): LowRankDelta {
  const [first, ...others] = deltas;
  if (others.length === 0) return { a: tf.clone(first.a), b: tf.clone(first.b), scale: first.scale };
  const side = (axis: number, matrix: (d: LowRankDelta) => tf.Tensor): tf.Tensor =>
    tf.tidy(() => tf.concat(deltas.map(matrix), axis));
  return { a: side(0, (d) => d.a), b: side(1, (d) => tf.mul(d.b, d.scale)), scale: 1 };
}

/** Frees the tensors of deltas that own them, as those of `sumDeltas` do; those of `adapterDeltas` stay with the adapter. */
export function disposeDeltas(deltas: Deltas): void {
  tf.dispose(Object.values(deltas).flatMap(({ a, b }) => [a, b]));
}

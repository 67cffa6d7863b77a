import type * as tf from '@tensorflow/tfjs';
import type { Deltas, LowRankDelta } from '../model/decoder';
import { loraA, loraB, type Adapter } from './adapter';
import { blockOf, type LoraTarget } from './loraTargets';

export interface AdapterDeltasOptions {
  /** Multiplies the adapter's own scale: a number for all, or one by module (default 1). */
  scale?: number | ((target: LoraTarget) => number);
  /** Keeps the adapter in these blocks only (default all). */
  layers?: readonly number[];
  /** Seen by the adapter instead of the module's input, for dropout in training. */
  onInput?: (target: LoraTarget) => (x: tf.Tensor) => tf.Tensor;
}

/** An adapter as the changes of weights that `forward` takes; a value, so that several can be used on one base: one after
 * the other, or together (`sumDeltas`).
 *
 * Modules scaled by 0 are left out. The tensors are the adapter's own: they stay with it.
 *
 * @throws Error if a block has no adapter or a scale is not finite
 */
export function adapterDeltas(
  { targets, params }: Pick<Adapter, 'targets' | 'params'>,
  { scale = 1, layers, onInput }: AdapterDeltasOptions = {},
): Deltas {
  const absent = (layers ?? []).filter((layer) => !targets.some(({ module }) => blockOf(module) === layer));
  if (absent.length > 0)
    throw new Error(`adapterDeltas: no adapter in block ${absent.join(', ')}; expected blocks that have one`);
  const deltas: Record<string, LowRankDelta> = {};
  for (const target of targets) {
    if (layers !== undefined && !layers.includes(blockOf(target.module))) continue;
    const factor = typeof scale === 'number' ? scale : scale(target);
    if (!Number.isFinite(factor))
      throw new Error(`adapterDeltas: invalid scale for ${target.module}; expected a finite number, got ${factor}`);
    if (factor === 0) continue;
    const [a, b] = [params[loraA(target.module)], params[loraB(target.module)]];
    deltas[`${target.module}.weight`] = { a, b, scale: target.scale * factor, onInput: onInput?.(target) };
  }
  return deltas;
}

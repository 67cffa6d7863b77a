import { ablateDirection } from '../kernels/ablateDirection';
import type { HookFn, Hooks } from '../model/hookSite';
import type { ModelConfig } from '../model/modelConfig';
import { toUnit } from '../stats/toUnit';
import { atBlocks } from './steer';
import { withVector } from './withVector';

/** Hooks that project one direction out of every block's output, at all positions: x − (x·d̂) d̂.
 *
 * @param direction  [dModel] not zero; scaled to norm 1 here, so its length does not matter
 * @param config     the model's; its blocks are all hooked unless `layers` says otherwise
 * @throws Error if the direction has the wrong length or is zero
 * @source arXiv 2506.11618, section 3.4 (single direction)
 * @check test/directions/steering.test.ts (the projection left is zero)
 */
export function ablate(
  direction: ArrayLike<number>,
  config: Pick<ModelConfig, 'nLayers' | 'dModel'>,
  { layers = range(config.nLayers) }: { layers?: readonly number[] } = {},
): Hooks {
  const hook = remove('ablate', direction, config.dModel);
  return atBlocks('ablate', layers, () => hook);
}

/** Hooks that project each block's own direction out of its output.
 *
 * @param directions  [nLayers dModel], none of them zero
 * @throws Error if there is not one direction for each block
 * @source arXiv 2506.11618, section 3.4 (layer-wise)
 */
export function ablateLayerwise(
  directions: readonly ArrayLike<number>[],
  config: Pick<ModelConfig, 'nLayers' | 'dModel'>,
): Hooks {
  if (directions.length !== config.nLayers) {
    throw new Error(
      `ablateLayerwise: wrong number of directions; expected ${config.nLayers}, got ${directions.length}`,
    );
  }
  const hooks = directions.map((d) => remove('ablateLayerwise', d, config.dModel));
  return atBlocks('ablateLayerwise', range(config.nLayers), (layer) => hooks[layer]);
}

function remove(where: string, direction: ArrayLike<number>, dModel: number): HookFn {
  if (direction.length !== dModel) {
    throw new Error(`${where}: direction has the wrong length; expected dModel=${dModel}, got ${direction.length}`);
  }
  const unit = toUnit(direction);
  return withVector(unit, (x, vector) => ablateDirection(x, vector));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

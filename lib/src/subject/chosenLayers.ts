import type { ModelConfig } from '../model/modelConfig';

/** The layers that are asked for, or all of them.
 *
 * @param where  function named in the message
 * @throws Error if there is none, one is out of range or named twice
 */
export function chosenLayers(
  where: string,
  layers: readonly number[] | undefined,
  { nLayers }: Pick<ModelConfig, 'nLayers'>,
): readonly number[] {
  const chosen = layers ?? Array.from({ length: nLayers }, (_, layer) => layer);
  const isOne = (layer: number): boolean => Number.isInteger(layer) && layer >= 0 && layer < nLayers;
  if (chosen.length === 0 || !chosen.every(isOne) || new Set(chosen).size < chosen.length)
    throw new Error(
      `${where}: invalid layers; expected different ones of 0 to ${nLayers - 1}, got ${chosen.join(', ') || 'none'}`,
    );
  return chosen;
}

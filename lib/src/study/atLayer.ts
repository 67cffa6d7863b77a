import type { ModelRecords } from './openRecords';
import { basesAt } from './report';

/** The records of a model read at another layer than the one that its survey chose.
 *
 * @throws Error naming the layers there are
 * @check test/study/atLayer.test.ts
 */
export function atLayer(records: ModelRecords, layer: number): ModelRecords {
  const nLayers = records.allBases.traits.length;
  if (!(Number.isInteger(layer) && 0 <= layer && layer < nLayers))
    throw new Error(`atLayer: ${records.model}: no block ${layer}; expected 0 to ${nLayers - 1}`);
  return { ...records, layer, bases: basesAt(records.allBases, layer) };
}

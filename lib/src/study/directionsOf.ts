import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { cellName } from '../records/cellRecord';
import { partName, type ConvergentPart } from './convergentPart';
import { readDirections, type DirectionVectors } from './directionsFile';
import type { PartContext } from './partContext';

/** The direction that a part of the work is about, after every block: of its finetune, or of the one it is taken from.
 *
 * @throws Error if the directions are not there, are stale or have none of that kind (no mean difference without misaligned answers)
 */
export function directionsOf(
  context: PartContext,
  { spec, direction = 'meanDifference', from }: Omit<ConvergentPart, 'what'>,
): readonly Float64Array[] {
  const of = from ?? spec;
  const vectors = allDirectionsOf(context, of);
  const found = vectors[direction];
  if (found === undefined)
    throw new Error(`directionsOf: ${cellName(of)} has no ${direction}; expected one, which takes two misaligned and two aligned answers, or prompts of a persona`); // prettier-ignore
  return found;
}

/** All directions of a finetune.
 *
 * @throws Error if they are not there or are stale
 */
export function allDirectionsOf(
  { dir, keyOf }: Pick<PartContext, 'dir' | 'keyOf'>,
  spec: ConvergentPart['spec'],
): DirectionVectors {
  const part = { what: 'directions', spec } as const;
  const path = join(dir, `${partName(part)}.safetensors`);
  const found = fileExists(path) ? readDirections(path) : undefined;
  if (found?.key !== keyOf(part))
    throw new Error(`directionsOf: ${path}; expected the directions of ${cellName(spec)}, whose task comes first`);
  return found.vectors;
}

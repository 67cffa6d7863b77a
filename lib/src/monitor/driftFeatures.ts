import { cellDrift } from '../records/cellDrift';
import { cellShift } from '../records/cellShift';
import { rng } from '../random/rng';
import type { BasisName } from '../study/basis';
import { toUnit } from '../stats/toUnit';
import type { FeatureSet } from './featureSet';
import { fixedFeatures } from './fixedFeatures';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Drift of a checkpoint along directions: z, fractions of the activation norm. */
export function driftAlong(
  { cell, checkpoint, source }: MeasuredCheckpoint,
  directions: readonly ArrayLike<number>[],
): number[] {
  return [...cellDrift(cell, directions, { layer: source.layer, checkpoint }).z];
}

/** Drift along the directions of one basis.
 *
 * @throws Error at reading if the model's basis is empty
 * @source arXiv 2606.07631, sections 3.2 and 4.2
 */
export function basisFeatures(basis: BasisName): FeatureSet {
  return fixedFeatures(basis, (row) => {
    const { directions } = row.source.bases[basis];
    if (directions.length === 0)
      throw new Error(`basisFeatures: ${row.source.model} has 0 directions of ${basis}; expected at least one`);
    return driftAlong(row, directions);
  });
}

/** Drift along Gaussian unit vectors, as many as there are traits: the same of every model of one width.
 *
 * @source arXiv 2606.07631, section 4.2 (ten random bases; that they are Gaussian is our reading)
 */
export function randomFeatures(seed: number): FeatureSet {
  const drawn = new Map<string, Float32Array[]>();
  return fixedFeatures(`random ${seed}`, (row) => {
    const { dModel } = row.cell.residuals;
    const k = row.source.bases.traits.directions.length;
    const key = `${k} ${dModel}`;
    const directions = drawn.get(key) ?? gaussianDirections(seed, { k, dModel });
    drawn.set(key, directions);
    return driftAlong(row, directions);
  });
}

function gaussianDirections(seed: number, { k, dModel }: { k: number; dModel: number }): Float32Array[] {
  const root = rng(seed).split('random basis');
  return Array.from({ length: k }, (_, i) => {
    const source = root.split(i);
    return toUnit(Float64Array.from({ length: dModel }, () => source.normal()));
  });
}

/** The whole drift of a checkpoint: (mean(t) − mean(0)) / N, [dModel]. */
export function wholeDrift({ cell, checkpoint, source: { layer } }: MeasuredCheckpoint): Float64Array {
  return cellShift(cell, { layer, checkpoint });
}

import { pc1, pc1Score } from '../measure/pc1';
import { checkCalibration, finalRows, type CheckpointRow } from './checkpointRows';
import { driftAlong } from './driftFeatures';
import type { FeatureSet, FittedFeatures } from './featureSet';

/** |z · PC1| as the only feature: PC1 of the final trait drifts of all calibration runs, of all models pooled. As `toJson` it is the loadings.
 *
 * @source arXiv 2606.07631, section 4.1 (48 final drifts; the score is not centred)
 * @check test/monitor/features.test.ts; PC1 itself test/goldens/measure (scikit-learn)
 */
export const pc1Features: FeatureSet = {
  name: 'pc1',
  fit: (calibration) => {
    checkCalibration('pc1Features', calibration);
    return scored(pc1Loadings(calibration, 0)); // Whichever the sign: the feature is a size.
  },
  restore: (json) => scored(json as readonly number[]),
};

/** [k] PC1 of the final trait drifts of runs.
 *
 * @param reference  index of the trait whose loading is made positive (`referenceTrait`)
 */
export function pc1Loadings(rows: readonly CheckpointRow[], reference: number): readonly number[] {
  const drifts = finalRows(rows).map((row) => driftAlong(row, row.source.bases.traits.directions));
  return pc1(drifts, reference).loadings;
}

function scored(loadings: readonly number[]): FittedFeatures {
  return {
    name: 'pc1',
    transform: (rows) =>
      rows.map((row) => [Math.abs(pc1Score(driftAlong(row, row.source.bases.traits.directions), { loadings }))]),
    toJson: () => loadings,
  };
}

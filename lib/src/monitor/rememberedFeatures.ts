import type { CheckpointRow } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** The same features, each fit on the same array and each row read once: for fits that share most of their rows, as folds do.
 *
 * @returns  a set that remembers for as long as arrays and rows are there; they must not change
 * @source ours
 * @check test/monitor/rememberedFeatures.test.ts
 */
export function rememberedFeatures(features: FeatureSet): FeatureSet {
  const fits = new WeakMap<readonly CheckpointRow[], FittedFeatures>();
  return {
    ...features,
    fit: (calibration) => {
      const fitted = fits.get(calibration) ?? rememberedRows(features.fit(calibration));
      fits.set(calibration, fitted);
      return fitted;
    },
  };
}

function rememberedRows(fitted: FittedFeatures): FittedFeatures {
  const known = new WeakMap<MeasuredCheckpoint, number[]>();
  return {
    ...fitted,
    transform: (rows) => {
      const fresh = rows.filter((row) => !known.has(row));
      fitted.transform(fresh).forEach((values, i) => known.set(fresh[i], values));
      return rows.map((row) => [...known.get(row)!]);
    },
  };
}

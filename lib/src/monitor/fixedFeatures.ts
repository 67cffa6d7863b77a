import { checkCalibration } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Features for which nothing is fitted: the same numbers of a checkpoint whatever else is there, so that each is read once, however many folds
 * it is in. */
export function fixedFeatures(name: string, read: (row: MeasuredCheckpoint) => number[]): FeatureSet {
  const known = new WeakMap<MeasuredCheckpoint, number[]>();
  const readOnce = (row: MeasuredCheckpoint): number[] => {
    const values = known.get(row) ?? read(row);
    known.set(row, values);
    return [...values];
  };
  const fitted: FittedFeatures = { name, transform: (rows) => rows.map(readOnce), toJson: () => ({}) };
  return {
    name,
    fit: (calibration) => {
      checkCalibration(name, calibration);
      return fitted;
    },
    restore: () => fitted,
  };
}

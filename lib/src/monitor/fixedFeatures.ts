import { checkCalibration } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Features for which nothing is fitted: the same numbers of a checkpoint whatever else is there. */
export function fixedFeatures(name: string, read: (row: MeasuredCheckpoint) => number[]): FeatureSet {
  const fitted: FittedFeatures = { name, transform: (rows) => rows.map(read), toJson: () => ({}) };
  return {
    name,
    fit: (calibration) => {
      checkCalibration(name, calibration);
      return fitted;
    },
    restore: () => fitted,
  };
}

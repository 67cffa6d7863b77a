import type { CheckpointRow } from './checkpointRows';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Numbers of a checkpoint that a regressor reads, ready to be taken of any. */
export interface FittedFeatures {
  readonly name: string;
  /** [row column] of checkpoints of the models it was fitted on; fractions of the activation norm where it is drift.
   *
   * @throws Error naming a model it was not fitted on
   */
  transform(rows: readonly MeasuredCheckpoint[]): number[][];
  /** What was fitted, as plain data; `FeatureSet.restore` takes it. */
  toJson(): unknown;
}

/** A way to turn checkpoints into numbers. What has to be fitted is fitted on rows of calibration runs alone. */
export interface FeatureSet {
  readonly name: string;
  /** @throws Error if a row is not of a calibration run */
  fit(calibration: readonly CheckpointRow[]): FittedFeatures;
  /** What `toJson` gave. */
  restore(json: unknown): FittedFeatures;
}

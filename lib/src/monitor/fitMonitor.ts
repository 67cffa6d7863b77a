import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** What predicts a number from each row of numbers. */
export interface Predictor {
  predict(rows: readonly (readonly number[])[]): readonly number[];
}

/** Fits a regressor: features [row column] and EM rates in [0, 1], a number a row. */
export type FitPredictor<P extends Predictor = Predictor> = (
  x: readonly (readonly number[])[],
  y: readonly number[],
) => P;

/** What a monitor reads and how it predicts from it. */
export interface MonitorRecipe<P extends Predictor = Predictor> {
  readonly features: FeatureSet;
  readonly fit: FitPredictor<P>;
}

/** A monitor for each of several models: features of all of them, a regressor of each. */
export interface FittedMonitor<P extends Predictor = Predictor> {
  readonly features: FittedFeatures;
  /** By the model's name. */
  readonly regressors: ReadonlyMap<string, P>;
  /** [row] predicted EM as the regressor says it, which may lie outside of [0, 1]; each row by its own model's regressor.
   *
   * @throws Error naming a model without a regressor
   */
  predict(rows: readonly MeasuredCheckpoint[]): number[];
}

/** Fits a monitor on calibration runs: features on the rows of all models, then each model's regressor on its own rows and labels.
 *
 * @throws Error if a row is not of a calibration run
 * @source arXiv 2606.07631, section 4.2 (a regressor a model, all calibration checkpoints of all seeds)
 * @check test/monitor/fitMonitor.test.ts (held-out rows are refused, and change nothing)
 */
export function fitMonitor<P extends Predictor>(
  calibration: readonly CheckpointRow[],
  { features, fit }: MonitorRecipe<P>,
): FittedMonitor<P> {
  checkCalibration('fitMonitor', calibration);
  return fitRegressors(features.fit(calibration), calibration, fit);
}

/** A regressor for each model on features that are fitted already, as several regressors share them.
 *
 * @throws Error if a row is not of a calibration run
 */
export function fitRegressors<P extends Predictor>(
  features: FittedFeatures,
  calibration: readonly CheckpointRow[],
  fit: FitPredictor<P>,
): FittedMonitor<P> {
  checkCalibration('fitRegressors', calibration);
  const regressors = new Map(
    [...groupRows(calibration, (row) => row.model)].map(([model, rows]): [string, P] => {
      const rates = rows.map(({ label }) => label.rate);
      return [model, fit(features.transform(rows), rates)];
    }),
  );
  return monitorOf(features, regressors);
}

/** A monitor of fitted features and of regressors by the names of their models. */
export function monitorOf<P extends Predictor>(
  features: FittedFeatures,
  regressors: ReadonlyMap<string, P>,
): FittedMonitor<P> {
  return { features, regressors, predict: (rows) => predictPerModel(features, regressors, rows) };
}

function predictPerModel(
  features: FittedFeatures,
  regressors: ReadonlyMap<string, Predictor>,
  rows: readonly MeasuredCheckpoint[],
): number[] {
  const predicted = new Array<number>(rows.length);
  const places = groupRows(
    rows.map((row, i) => ({ row, i })),
    ({ row }) => row.source.model,
  );
  for (const [model, own] of places) {
    const regressor = regressors.get(model);
    if (regressor === undefined)
      throw new Error(`fitMonitor: no regressor of ${model}; expected one of ${[...regressors.keys()].join(', ')}`);
    const values = regressor.predict(features.transform(own.map(({ row }) => row)));
    own.forEach(({ i }, k) => (predicted[i] = values[k]));
  }
  return predicted;
}

/** A prediction as an EM rate: clipped to [0, 1]. */
export function clipRate(predicted: number): number {
  return Math.min(1, Math.max(0, predicted));
}

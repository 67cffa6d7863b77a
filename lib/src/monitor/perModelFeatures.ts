import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Something fitted for each model by itself: what was fitted is plain data, by the model's name. */
export interface PerModelFit<State> {
  readonly name: string;
  readonly fit: (calibration: readonly CheckpointRow[]) => State;
  readonly read: (state: State, row: MeasuredCheckpoint) => number[];
}

/** Features that are fitted for each model on its own calibration runs. */
export function perModelFeatures<State>({ name, fit, read }: PerModelFit<State>): FeatureSet {
  const of = (states: Readonly<Record<string, State>>): FittedFeatures => ({
    name,
    transform: (rows) =>
      rows.map((row) => {
        if (!Object.hasOwn(states, row.source.model))
          throw new Error(
            `${name}: not fitted on ${row.source.model}; expected one of ${Object.keys(states).join(', ')}`,
          );
        return read(states[row.source.model], row);
      }),
    toJson: () => states,
  });
  return {
    name,
    fit: (calibration) => {
      checkCalibration(name, calibration);
      const groups = groupRows(calibration, ({ model }) => model);
      return of(Object.fromEntries([...groups].map(([model, rows]) => [model, fit(rows)])));
    },
    restore: (json) => of(json as Readonly<Record<string, State>>),
  };
}

import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import type { FeatureSet, FittedFeatures } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Something fitted for each model by itself: what was fitted is plain data, by the model's name. */
export interface PerModelFit<State> {
  readonly name: string;
  readonly fit: (calibration: readonly CheckpointRow[]) => State;
  /** Reads a row from what was fitted: called once a model, then for each row. */
  readonly reader: (state: State) => (row: MeasuredCheckpoint) => number[];
}

/** Features that are fitted for each model on its own calibration runs. */
export function perModelFeatures<State>({ name, fit, reader }: PerModelFit<State>): FeatureSet {
  const of = (states: Readonly<Record<string, State>>): FittedFeatures => {
    const readers = new Map(Object.entries(states).map(([model, state]) => [model, reader(state)]));
    const readRow = (row: MeasuredCheckpoint): number[] => {
      const read = readers.get(row.source.model);
      if (read === undefined)
        throw new Error(
          `${name}: not fitted on ${row.source.model}; expected one of ${[...readers.keys()].join(', ')}`,
        );
      return read(row);
    };
    return { name, transform: (rows) => rows.map(readRow), toJson: () => states };
  };
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

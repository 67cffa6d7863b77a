import { alarmReport, type AlarmReport } from './alarmReport';
import { rowsOfRole, type CheckpointRow } from './checkpointRows';
import type { FeatureSet } from './featureSet';
import { fitRegressors, type FitPredictor } from './fitMonitor';
import type { LabelName } from './outcomes';

/** A line of the table: one feature set, one regressor, one threshold, one label. */
export interface HeadlineRow extends AlarmReport {
  readonly features: string;
  readonly regressor: string;
  readonly tau: number;
  readonly label: LabelName;
}

export interface HeadlineOptions {
  readonly regressors: Readonly<Record<string, FitPredictor>>;
  readonly features: readonly FeatureSet[];
  /** Default 5 and 6 %. */
  readonly taus?: readonly number[];
  /** Default both, the second where all rows that are tried have one. */
  readonly labels?: readonly LabelName[];
  /** Default 1000; 0 for no intervals. */
  readonly nResamples?: number;
  /** Rows on which it is tried (default the held-out ones), of models that have calibration rows. */
  readonly tried?: readonly CheckpointRow[];
}

/** Every feature set with every regressor, fitted on the calibration rows and tried on the held-out ones.
 *
 * @throws Error as `fitMonitor`
 * @source arXiv 2606.07631, section 4.2, the headline table
 */
export function headlineTable(
  rows: readonly CheckpointRow[],
  { regressors, features, taus = [0.05, 0.06], labels, nResamples = 1000, tried }: HeadlineOptions,
): HeadlineRow[] {
  const calibration = rowsOfRole(rows, 'calibration');
  const heldOut = tried ?? rowsOfRole(rows, 'heldOut');
  const hasSecond = heldOut.every(({ second }) => second !== undefined);
  const wanted = labels ?? (hasSecond ? (['label', 'second'] as const) : (['label'] as const));
  return features.flatMap((set) => {
    const fitted = set.fit(calibration);
    return Object.entries(regressors).flatMap(([regressor, fit]) => {
      const predicted = fitRegressors(fitted, calibration, fit).predict(heldOut);
      return taus.flatMap((tau) =>
        wanted.map((label): HeadlineRow => {
          const report = alarmReport(heldOut, predicted, { tau, label, nResamples });
          return { features: set.name, regressor, tau, label, ...report };
        }),
      );
    });
  });
}

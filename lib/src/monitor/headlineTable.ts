import { alarmReport, type AlarmReport } from './alarmReport';
import type { AlarmThresholds } from './alarmMetrics';
import { rowsOfRole, type CheckpointRow } from './checkpointRows';
import { fitClassifier, type ClassifierName } from './classifier';
import type { FeatureSet } from './featureSet';
import { fitRegressors, type FitPredictor } from './fitMonitor';
import type { LabelName } from './outcomes';

/** A line of the table: one feature set, one regressor or classifier, one threshold, one label. */
export interface HeadlineRow extends AlarmReport {
  readonly features: string;
  readonly regressor: string;
  readonly tau: number;
  readonly label: LabelName;
}

export interface HeadlineOptions {
  readonly regressors: Readonly<Record<string, FitPredictor>>;
  readonly features: readonly FeatureSet[];
  /** Fitted to whether the label is above tau, with an alarm above ½ (default none). */
  readonly classifiers?: readonly ClassifierName[];
  /** Default 5 and 6 %. */
  readonly taus?: readonly number[];
  /** Default both, the second where all rows that are tried have one. */
  readonly labels?: readonly LabelName[];
  /** Default 1000; 0 for no intervals. */
  readonly nResamples?: number;
  /** Rows on which it is tried (default the held-out ones), of models that have calibration rows. */
  readonly tried?: readonly CheckpointRow[];
}

/** Every feature set with every regressor and classifier, fitted on the calibration rows and tried on the held-out ones.
 *
 * @throws Error as `fitMonitor`
 * @source arXiv 2606.07631, section 4.2, the headline table
 */
export function headlineTable(
  rows: readonly CheckpointRow[],
  { regressors, features, classifiers = [], taus = [0.05, 0.06], labels, nResamples = 1000, tried }: HeadlineOptions,
): HeadlineRow[] {
  const calibration = rowsOfRole(rows, 'calibration');
  const heldOut = tried ?? rowsOfRole(rows, 'heldOut');
  const hasSecond = heldOut.every(({ second }) => second !== undefined);
  const wanted = labels ?? (hasSecond ? (['label', 'second'] as const) : (['label'] as const));
  const rowsOf = (
    about: Pick<HeadlineRow, 'features' | 'regressor'>,
    predicted: readonly number[],
    at: AlarmThresholds,
  ): HeadlineRow[] =>
    wanted.map((label) => {
      const report = alarmReport(heldOut, predicted, { ...at, label, nResamples });
      return { ...about, tau: at.tau, label, ...report };
    });
  return features.flatMap((set) => {
    const fitted = set.fit(calibration);
    const predict = (fit: FitPredictor): number[] => fitRegressors(fitted, calibration, fit).predict(heldOut);
    return [
      ...Object.entries(regressors).flatMap(([regressor, fit]) => {
        const predicted = predict(fit);
        return taus.flatMap((tau) => rowsOf({ features: set.name, regressor }, predicted, { tau }));
      }),
      ...classifiers.flatMap((regressor) =>
        taus.flatMap((tau) => {
          const predicted = predict((x, y) =>
            fitClassifier(
              regressor,
              x,
              y.map((rate) => rate > tau),
            ),
          );
          return rowsOf({ features: set.name, regressor }, predicted, { tau, alarm: 0.5 });
        }),
      ),
    ];
  });
}

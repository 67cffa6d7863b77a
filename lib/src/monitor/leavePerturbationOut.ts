import { alarmMetrics, type AlarmMetrics, type AlarmThresholds } from './alarmMetrics';
import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import { fitMonitor, type FitPredictor, type MonitorRecipe } from './fitMonitor';
import { outcomes } from './outcomes';

/** What a monitor says of a checkpoint on whose data set it was not fitted. */
export interface LeftOutPrediction {
  readonly row: CheckpointRow;
  readonly predicted: number;
}

/** Leave one perturbation out, on calibration runs alone: each data set is predicted by a monitor whose features and regressors were fitted on
 * the others.
 *
 * @throws Error if a row is not of a calibration run, or there are fewer than two data sets
 * @source arXiv 2606.07631, section 4.2 and Figure 7 (4 models × 4 sets = 16 folds)
 * @check test/monitor/leavePerturbationOut.test.ts
 */
export function leavePerturbationOut(
  calibration: readonly CheckpointRow[],
  recipe: MonitorRecipe,
): LeftOutPrediction[] {
  checkCalibration('leavePerturbationOut', calibration);
  const sets = groupRows(calibration, ({ dataSet }) => dataSet);
  if (sets.size < 2)
    throw new Error(`leavePerturbationOut: ${sets.size} data set; expected at least two of calibration`);
  return leaveGroupsOut(calibration, sets, recipe);
}

/** Each group of rows predicted by a monitor that was fitted on all the others. */
export function leaveGroupsOut(
  rows: readonly CheckpointRow[],
  groups: ReadonlyMap<string, readonly CheckpointRow[]>,
  recipe: MonitorRecipe,
): LeftOutPrediction[] {
  return [...groups.values()].flatMap((leftOut) => {
    const gone = new Set(leftOut);
    const monitor = fitMonitor(
      rows.filter((row) => !gone.has(row)),
      recipe,
    );
    const predicted = monitor.predict(leftOut);
    return leftOut.map((row, i) => ({ row, predicted: predicted[i] }));
  });
}

/** The metrics of such predictions, all together. */
export function leftOutMetrics(left: readonly LeftOutPrediction[], thresholds: AlarmThresholds): AlarmMetrics {
  return alarmMetrics(
    outcomes(
      left.map(({ row }) => row),
      left.map(({ predicted }) => predicted),
    ),
    thresholds,
  );
}

/** One cell of the table of left-out data sets. */
export interface LeftOutCell {
  readonly model: string;
  readonly dataSet: string;
  /** FNR or FPR undefined where no checkpoint is dangerous, or all are. */
  readonly metrics: AlarmMetrics;
}

/** The metrics for each model and each data set left out.
 *
 * @source arXiv 2606.07631, Figure 7
 */
export function leftOutTable(left: readonly LeftOutPrediction[], thresholds: AlarmThresholds): LeftOutCell[] {
  return [...groupRows(left, ({ row: { model, dataSet } }) => `${model}/${dataSet}`).values()].map((own) => {
    const { model, dataSet } = own[0].row;
    return { model, dataSet, metrics: leftOutMetrics(own, thresholds) };
  });
}

/** How a regressor does on data sets left out. */
export interface RegressorScore<Name extends string> {
  readonly regressor: Name;
  readonly metrics: AlarmMetrics;
}

/** Regressors by what they do on calibration data sets left out, best first: by balanced accuracy, then by AUROC. Held-out runs have no say.
 *
 * @throws Error as `leavePerturbationOut`
 * @source arXiv 2606.07631, section 4.2
 */
export function rankRegressors<Name extends string>(
  calibration: readonly CheckpointRow[],
  regressors: Readonly<Record<Name, FitPredictor>>,
  { features, ...thresholds }: Pick<MonitorRecipe, 'features'> & AlarmThresholds,
): RegressorScore<Name>[] {
  return (Object.keys(regressors) as Name[])
    .map((regressor) => {
      const left = leavePerturbationOut(calibration, { features, fit: regressors[regressor] });
      return { regressor, metrics: leftOutMetrics(left, thresholds) };
    })
    .sort((a, b) => compareMetrics(b.metrics, a.metrics));
}

/** Order by balanced accuracy, then by AUROC: negative where `a` is worse. An undefined one counts as 0. */
export function compareMetrics(a: AlarmMetrics, b: AlarmMetrics): number {
  const byBalance = (a.balancedAccuracy ?? 0) - (b.balancedAccuracy ?? 0);
  return byBalance === 0 ? (a.auroc ?? 0) - (b.auroc ?? 0) : byBalance;
}

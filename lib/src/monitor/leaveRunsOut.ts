import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import { fitMonitor, type MonitorRecipe } from './fitMonitor';
import type { LeftOutPrediction } from './leavePerturbationOut';

/** Leave one run out, on calibration runs alone: each run is predicted by a monitor that was fitted without the runs of its data set and seed, of
 * any model.
 *
 * @throws Error if a row is not of a calibration run, or there are fewer than two runs
 * @check test/monitor/reliability.test.ts
 */
export function leaveRunsOut(calibration: readonly CheckpointRow[], recipe: MonitorRecipe): LeftOutPrediction[] {
  checkCalibration('leaveRunsOut', calibration);
  const nameOf = ({ dataSet, seed }: CheckpointRow): string => `${dataSet}-s${seed}`;
  const runs = groupRows(calibration, nameOf);
  if (runs.size < 2) throw new Error(`leaveRunsOut: ${runs.size} run; expected at least two of calibration`);
  return [...runs].flatMap(([name, leftOut]) => {
    const monitor = fitMonitor(
      calibration.filter((row) => nameOf(row) !== name),
      recipe,
    );
    const predicted = monitor.predict(leftOut);
    return leftOut.map((row, i) => ({ row, predicted: predicted[i] }));
  });
}

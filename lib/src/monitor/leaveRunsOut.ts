import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import type { MonitorRecipe } from './fitMonitor';
import { leaveGroupsOut, type LeftOutPrediction } from './leavePerturbationOut';

/** Leave one run out, on calibration runs alone: each run is predicted by a monitor that was fitted without the runs of its data set and seed, of
 * any model.
 *
 * @throws Error if a row is not of a calibration run, or there are fewer than two runs
 * @check test/monitor/reliability.test.ts
 */
export function leaveRunsOut(calibration: readonly CheckpointRow[], recipe: MonitorRecipe): LeftOutPrediction[] {
  checkCalibration('leaveRunsOut', calibration);
  const runs = groupRows(calibration, ({ dataSet, seed }) => `${dataSet}-s${seed}`);
  if (runs.size < 2) throw new Error(`leaveRunsOut: ${runs.size} run; expected at least two of calibration`);
  return leaveGroupsOut(calibration, runs, recipe);
}

import { mean } from '../stats/mean';
import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import { fitMonitor, type MonitorRecipe } from './fitMonitor';
import { leaveRunsOut } from './leaveRunsOut';
import { predictionInterval, residualsOf } from './predictionInterval';

/** How often an interval of predicted EM held the label, and how wide it was. */
export interface IntervalCoverage {
  readonly n: number;
  /** Share of the checkpoints, in [0, 1]. */
  readonly coverage: number;
  /** Mean, as a rate. */
  readonly width: number;
}

export interface IntervalOptions extends MonitorRecipe {
  /** Default 0.9. */
  readonly confidence?: number;
}

/** Coverage on rows that had no part in it: monitor and residuals (`leaveRunsOut`) are of the calibration rows alone.
 *
 * @param tried  rows of models that have calibration rows
 * @throws Error as `leaveRunsOut`, and on nothing to try
 * @source ours
 * @check test/monitor/intervalCoverage.test.ts
 */
export function intervalCoverage(
  calibration: readonly CheckpointRow[],
  tried: readonly CheckpointRow[],
  options: IntervalOptions,
): IntervalCoverage {
  return summary(held(calibration, tried, options));
}

/** Coverage on calibration runs: each run, or each whole data set, is tried with an interval that was made without it.
 *
 * @param by  what is left out at a time: `run`, a data set and seed of all models, or `dataSet`
 * @throws Error as `leaveRunsOut`
 * @source ours
 * @check test/monitor/intervalCoverage.test.ts
 */
export function leftOutCoverage(
  calibration: readonly CheckpointRow[],
  by: 'run' | 'dataSet',
  options: IntervalOptions,
): IntervalCoverage {
  checkCalibration('leftOutCoverage', calibration);
  const groups = groupRows(calibration, ({ dataSet, seed }) => (by === 'run' ? `${dataSet}-s${seed}` : dataSet));
  return summary(
    [...groups.values()].flatMap((own) => {
      const gone = new Set(own);
      const others = calibration.filter((row) => !gone.has(row));
      return held(others, own, options);
    }),
  );
}

interface Held {
  readonly isInside: boolean;
  readonly width: number;
}

function held(
  calibration: readonly CheckpointRow[],
  tried: readonly CheckpointRow[],
  { confidence, ...recipe }: IntervalOptions,
): Held[] {
  const residuals = residualsOf(leaveRunsOut(calibration, recipe));
  const predicted = fitMonitor(calibration, recipe).predict(tried);
  return tried.map(({ model, label }, i) => {
    const { low, high } = predictionInterval(residuals[model], predicted[i], { confidence });
    return { isInside: low <= label.rate && label.rate <= high, width: high - low };
  });
}

function summary(all: readonly Held[]): IntervalCoverage {
  if (all.length === 0) throw new Error('intervalCoverage: no rows to try; expected at least one');
  const inside = all.filter(({ isInside }) => isInside).length;
  return { n: all.length, coverage: inside / all.length, width: mean(all.map(({ width }) => width)) };
}

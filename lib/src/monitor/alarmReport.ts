import { rng } from '../random/rng';
import { alarmMetrics, type AlarmMetrics, type AlarmThresholds } from './alarmMetrics';
import type { CheckpointRow } from './checkpointRows';
import { metricIntervals, type Interval, type RateName } from './metricIntervals';
import { outcomes, type LabelName } from './outcomes';

/** How the alarms on some checkpoints compare with their labels. */
export interface AlarmReport {
  /** Runs that they are of. */
  readonly runs: number;
  readonly metrics: AlarmMetrics;
  /** 95 %, over runs; none of a single run, or with `nResamples: 0`. */
  readonly intervals: Partial<Record<RateName, Interval>>;
}

export interface AlarmReportOptions extends AlarmThresholds {
  /** Default `label`. */
  readonly label?: LabelName;
  /** Default 1000, drawn with seed 42. */
  readonly nResamples?: number;
}

/** Metrics of predictions, with intervals over runs.
 *
 * @param predicted  [row] predicted EM
 * @throws Error as `alarmMetrics` and `outcomes`
 * @source arXiv 2606.07631, section 4.2
 * @check test/monitor/alarmReport.test.ts
 */
export function alarmReport(
  rows: readonly CheckpointRow[],
  predicted: ArrayLike<number>,
  { label = 'label', nResamples = 1000, ...thresholds }: AlarmReportOptions,
): AlarmReport {
  const all = outcomes(rows, predicted, label);
  const runs = new Set(all.map(({ run }) => run)).size;
  const isVaried = runs > 1 && nResamples > 0;
  const intervals = isVaried ? metricIntervals(all, { ...thresholds, nResamples, rng: rng(42) }) : {};
  return { runs, metrics: alarmMetrics(all, thresholds), intervals };
}

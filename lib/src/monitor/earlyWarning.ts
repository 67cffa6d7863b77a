import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import type { AlarmThresholds } from './alarmMetrics';
import { groupRows, type CheckpointRow } from './checkpointRows';
import { clipRate } from './fitMonitor';

/** When a run became dangerous, and when the alarm was raised. */
export interface Warning {
  readonly run: string;
  /** The first step at which EM is above tau. */
  readonly crossing: number;
  /** The first step with an alarm; undefined if there was none. */
  readonly alarm?: number;
  /** crossing − alarm, steps: above 0 where the alarm came first; undefined if it never came. */
  readonly lead?: number;
}

/** Runs by how their alarm came. */
export interface WarningSummary {
  readonly early: number;
  readonly same: number;
  readonly late: number;
  readonly missed: number;
  /** Of those that were raised, steps; undefined without any. */
  readonly meanLead?: number;
  readonly medianLead?: number;
}

/** Of each run that crosses tau, when it did and when the alarm came. Runs that never cross are left out, as are labels from which noise alone
 * crosses if the caller leaves out the rows of sets that are benign.
 *
 * @param predicted  [row] predicted EM
 * @throws Error if there are not as many predictions as rows
 * @source arXiv 2606.07631, early warning; that ties go to the first integer step strictly above tau is our reading
 * @check test/monitor/earlyWarning.test.ts
 */
export function earlyWarning(
  rows: readonly CheckpointRow[],
  predicted: ArrayLike<number>,
  { tau, alarm: threshold = tau }: AlarmThresholds,
): Warning[] {
  if (rows.length !== predicted.length)
    throw new Error(`earlyWarning: ${predicted.length} predictions; expected ${rows.length}, one a row`);
  const told = rows.map(({ run, step, label }, i) => ({
    run,
    step,
    isDangerous: label.rate > tau,
    isAlarm: clipRate(predicted[i]) > threshold,
  }));
  return [...groupRows(told, ({ run }) => run)].flatMap(([run, own]): Warning[] => {
    const inOrder = own.toSorted((a, b) => a.step - b.step);
    const crossing = inOrder.find(({ isDangerous }) => isDangerous)?.step;
    const alarm = inOrder.find(({ isAlarm }) => isAlarm)?.step;
    if (crossing === undefined) return [];
    return [{ run, crossing, ...(alarm !== undefined && { alarm, lead: crossing - alarm }) }];
  });
}

/** How often alarms come first, and by how much. */
export function summariseWarnings(warnings: readonly Warning[]): WarningSummary {
  const leads = warnings.flatMap(({ lead }) => lead ?? []);
  const count = (fits: (lead: number) => boolean): number => leads.filter(fits).length;
  return {
    early: count((lead) => lead > 0),
    same: count((lead) => lead === 0),
    late: count((lead) => lead < 0),
    missed: warnings.length - leads.length,
    ...(leads.length > 0 && { meanLead: mean(leads), medianLead: quantile(leads, 0.5) }),
  };
}

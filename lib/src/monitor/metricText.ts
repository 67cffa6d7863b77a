import type { AlarmReport } from './alarmReport';
import type { RateName } from './metricIntervals';

/** A metric of a report with its interval as text: "11.3 [6.2, 16.9]" in percent, AUROC as "0.982 [0.968, 0.992]"; nothing where there is none.
 *
 * @source ours
 * @check test/monitor/alarmReport.test.ts
 */
export function metricText(report: AlarmReport | undefined, name: RateName): string {
  const value = report?.metrics[name];
  if (value === undefined) return '';
  const text = (v: number): string => (name === 'auroc' ? v.toFixed(3) : (100 * v).toFixed(1));
  const at = report!.intervals[name];
  return at === undefined ? text(value) : `${text(value)} [${text(at.low)}, ${text(at.high)}]`;
}

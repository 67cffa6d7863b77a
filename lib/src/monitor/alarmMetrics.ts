import { auroc } from '../stats/auroc';
import { clipRate } from './fitMonitor';
import type { Outcome } from './outcomes';

/** How alarms compare with labels. A rate of nothing is undefined. */
export interface AlarmMetrics {
  readonly n: number;
  /** Dangerous checkpoints, and the others. */
  readonly positives: number;
  readonly negatives: number;
  /** Dangerous without an alarm, and alarms that are none. */
  readonly fn: number;
  readonly fp: number;
  /** Shares in [0, 1]. */
  readonly accuracy: number;
  readonly fnr?: number;
  readonly fpr?: number;
  readonly balancedAccuracy?: number;
  /** Of predictions as they are, whatever the threshold. */
  readonly auroc?: number;
}

/** Thresholds, EM rates in (0, 1). */
export interface AlarmThresholds {
  /** A checkpoint is dangerous if its label is above it. */
  readonly tau: number;
  /** An alarm is raised if clipped predicted EM is above it (default tau). */
  readonly alarm?: number;
}

/** How many alarms are missed and how many are false, all checkpoints together.
 *
 * @throws Error on no outcomes, a prediction that is not finite, or a threshold out of range
 * @source arXiv 2606.07631, section 4.2 (pooled over models; AUROC over raw predictions)
 * @check test/goldens/monitor (scikit-learn)
 */
export function alarmMetrics(all: readonly Outcome[], { tau, alarm = tau }: AlarmThresholds): AlarmMetrics {
  if (all.length === 0) throw new Error('alarmMetrics: no outcomes; expected at least one');
  for (const [name, value] of Object.entries({ tau, alarm }))
    if (!(0 < value && value < 1))
      throw new Error(`alarmMetrics: invalid ${name}; expected a rate between 0 and 1, got ${value}`);
  const bad = all.find(({ predicted }) => !Number.isFinite(predicted));
  if (bad) throw new Error(`alarmMetrics: ${bad.run}: predicted ${bad.predicted}; expected a finite number`);
  const told = all.map(({ predicted, label }) => ({ isDangerous: label > tau, isAlarm: clipRate(predicted) > alarm }));
  const positives = told.filter(({ isDangerous }) => isDangerous).length;
  const negatives = all.length - positives;
  const fn = told.filter(({ isDangerous, isAlarm }) => isDangerous && !isAlarm).length;
  const fp = told.filter(({ isDangerous, isAlarm }) => !isDangerous && isAlarm).length;
  const base = { n: all.length, positives, negatives, fn, fp, accuracy: 1 - (fn + fp) / all.length };
  if (positives === 0) return { ...base, fpr: fp / negatives };
  if (negatives === 0) return { ...base, fnr: fn / positives };
  const [fnr, fpr] = [fn / positives, fp / negatives];
  const area = auroc(
    all.map(({ predicted }) => predicted),
    told.map(({ isDangerous }) => isDangerous),
  );
  return { ...base, fnr, fpr, balancedAccuracy: 1 - (fnr + fpr) / 2, auroc: area };
}

/** The metrics at several thresholds.
 *
 * @param thresholds  each as tau and alarm together
 * @param tau         of the label where it stays the same and the alarm alone moves
 */
export function thresholdSweep(
  all: readonly Outcome[],
  thresholds: readonly number[],
  { tau }: { readonly tau?: number } = {},
): { readonly threshold: number; readonly metrics: AlarmMetrics }[] {
  return thresholds.map((threshold) => ({
    threshold,
    metrics: alarmMetrics(all, { tau: tau ?? threshold, alarm: threshold }),
  }));
}

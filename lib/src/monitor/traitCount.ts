import type { AlarmMetrics, AlarmThresholds } from './alarmMetrics';
import type { CheckpointRow } from './checkpointRows';
import { basisFeatures } from './driftFeatures';
import type { FitPredictor } from './fitMonitor';
import { fixedFeatures } from './fixedFeatures';
import { compareMetrics, leavePerturbationOut, leftOutMetrics } from './leavePerturbationOut';
import type { MeasuredCheckpoint } from './measuredCheckpoint';

/** Some of the traits and what a monitor on them does on calibration data sets left out. */
export interface TraitSubset {
  /** Indices of the traits, ascending. */
  readonly traits: readonly number[];
  readonly metrics: AlarmMetrics;
}

export interface TraitCountOptions extends AlarmThresholds {
  readonly fit: FitPredictor;
}

/** What monitors on some traits do on calibration data sets left out.
 *
 * @param subsets  indices of traits, for each
 * @throws Error as `leavePerturbationOut`, and on an index that is none of a trait
 */
export function scoreSubsets(
  calibration: readonly CheckpointRow[],
  subsets: readonly (readonly number[])[],
  { fit, ...thresholds }: TraitCountOptions,
): TraitSubset[] {
  // Drift is read once, not for each subset and fold again.
  const drift = new Map<MeasuredCheckpoint, number[]>();
  const all = basisFeatures('traits').fit(calibration).transform(calibration);
  calibration.forEach((row, i) => drift.set(row, all[i]));
  const unknown = subsets.flat().find((k) => all.some((z) => !(k in z)));
  if (unknown !== undefined)
    throw new Error(
      `scoreSubsets: no trait ${unknown}; expected indices below ${Math.min(...all.map((z) => z.length))}`,
    );
  return subsets.map((traits) => {
    const features = fixedFeatures(`traits ${traits.join(',')}`, (row) => traits.map((k) => drift.get(row)![k]));
    const left = leavePerturbationOut(calibration, { features, fit });
    return { traits, metrics: leftOutMetrics(left, thresholds) };
  });
}

/** Greedy backward elimination: from all traits down to one, each time without the trait whose absence leaves the best balanced accuracy (AUROC
 * where two are equal) on calibration data sets left out.
 *
 * @returns  all traits first, one trait last
 * @throws Error as `leavePerturbationOut`
 * @source arXiv 2606.07631, trait-count ablation
 * @check test/monitor/traitCount.test.ts
 */
export function eliminateTraits(calibration: readonly CheckpointRow[], options: TraitCountOptions): TraitSubset[] {
  const all = (calibration.at(0)?.source.bases.traits.directions ?? []).map((_, k) => k);
  let [best] = scoreSubsets(calibration, [all], options);
  const path = [best];
  while (best.traits.length > 1) {
    const smaller = best.traits.map((gone) => best.traits.filter((trait) => trait !== gone));
    best = scoreSubsets(calibration, smaller, options).reduce((top, next) =>
      compareMetrics(next.metrics, top.metrics) > 0 ? next : top,
    );
    path.push(best);
  }
  return path;
}

/** All subsets of k things but the empty one: 127 of seven. Smaller ones first. */
export function subsetsOf(k: number): number[][] {
  return Array.from({ length: 2 ** k - 1 }, (_, i) =>
    Array.from({ length: k }, (_, trait) => trait).filter((trait) => ((i + 1) >> trait) & 1),
  ).sort((a, b) => a.length - b.length);
}

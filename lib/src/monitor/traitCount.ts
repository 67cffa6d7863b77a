import { alarmMetrics, type AlarmMetrics, type AlarmThresholds } from './alarmMetrics';
import { rowsOfRole, type CheckpointRow } from './checkpointRows';
import { driftAlong } from './driftFeatures';
import type { FeatureSet } from './featureSet';
import { fitMonitor, type FitPredictor } from './fitMonitor';
import { fixedFeatures } from './fixedFeatures';
import { compareMetrics, leavePerturbationOut, leftOutMetrics } from './leavePerturbationOut';
import type { MeasuredCheckpoint } from './measuredCheckpoint';
import { outcomes } from './outcomes';

/** Some of the traits and what a monitor on them does. */
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
  const featuresOf = subsetReader(calibration, subsets);
  return subsets.map((traits) => {
    const left = leavePerturbationOut(calibration, { features: featuresOf(traits), fit });
    return { traits, metrics: leftOutMetrics(left, thresholds) };
  });
}

/** What monitors on some traits do on held-out data sets, fitted on all calibration runs.
 *
 * @param rows     calibration and held-out rows
 * @param subsets  indices of traits, for each
 * @throws Error as `fitMonitor`, and on an index that is none of a trait
 */
export function trySubsets(
  rows: readonly CheckpointRow[],
  subsets: readonly (readonly number[])[],
  { fit, ...thresholds }: TraitCountOptions,
): TraitSubset[] {
  const [calibration, heldOut] = [rowsOfRole(rows, 'calibration'), rowsOfRole(rows, 'heldOut')];
  const featuresOf = subsetReader([...calibration, ...heldOut], subsets);
  return subsets.map((traits) => {
    const predicted = fitMonitor(calibration, { features: featuresOf(traits), fit }).predict(heldOut);
    return { traits, metrics: alarmMetrics(outcomes(heldOut, predicted), thresholds) };
  });
}

/** Makes drift along some of the traits a feature set: of these rows drift is read once, not for each subset and fold again. */
function subsetReader(
  rows: readonly CheckpointRow[],
  subsets: readonly (readonly number[])[],
): (traits: readonly number[]) => FeatureSet {
  const drift = new Map<MeasuredCheckpoint, number[]>(
    rows.map((row) => [row, driftAlong(row, row.source.bases.traits.directions)]),
  );
  const unknown = subsets.flat().find((k) => [...drift.values()].some((z) => !(k in z)));
  if (unknown !== undefined) throw new Error(`traitCount: no trait ${unknown}; expected indices of the model's traits`);
  return (traits) => fixedFeatures(`traits ${traits.join(',')}`, (row) => traits.map((k) => drift.get(row)![k]));
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

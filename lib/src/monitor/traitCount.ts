import { alarmMetrics, type AlarmMetrics, type AlarmThresholds } from './alarmMetrics';
import { rowsOfRole, type CheckpointRow } from './checkpointRows';
import { featureSet } from './features';
import type { FeatureSet } from './featureSet';
import { fitMonitor, type FitPredictor } from './fitMonitor';
import { fixedFeatures } from './fixedFeatures';
import { compareMetrics, leavePerturbationOut, leftOutMetrics } from './leavePerturbationOut';
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
  return subsets.map((traits) => {
    const left = leavePerturbationOut(calibration, { features: traitFeatures(traits), fit });
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
  return subsets.map((traits) => {
    const predicted = fitMonitor(calibration, { features: traitFeatures(traits), fit }).predict(heldOut);
    return { traits, metrics: alarmMetrics(outcomes(heldOut, predicted), thresholds) };
  });
}

/** Drift along some of the traits as a feature set. */
function traitFeatures(traits: readonly number[]): FeatureSet {
  const all = featureSet('traits').restore({});
  return fixedFeatures(`traits ${traits.join(',')}`, (row) => {
    const [z] = all.transform([row]);
    const unknown = traits.find((k) => !(k in z));
    if (unknown !== undefined)
      throw new Error(`traitCount: no trait ${unknown}; expected indices of the model's traits`);
    return traits.map((k) => z[k]);
  });
}

/** Greedy backward elimination: from all traits down to one, each time without the trait whose absence leaves the best balanced accuracy (AUROC
 * where two are equal).
 *
 * @param scored  all subsets (`subsetsOf`) as they do on calibration data sets left out (`scoreSubsets`)
 * @returns  all traits first, one trait last
 * @throws Error if a subset is needed that is not there
 * @source arXiv 2606.07631, trait-count ablation
 * @check test/monitor/traitCount.test.ts
 */
export function eliminateTraits(scored: readonly TraitSubset[]): TraitSubset[] {
  const byTraits = new Map(scored.map((subset) => [subset.traits.join(), subset]));
  const all = [...new Set(scored.flatMap(({ traits }) => traits))].sort((a, b) => a - b);
  const scoreOf = (traits: readonly number[]): TraitSubset => {
    const found = byTraits.get(traits.join());
    if (found === undefined)
      throw new Error(`eliminateTraits: no subset ${traits.join()}; expected all of ${all.join()}`);
    return found;
  };
  let best = scoreOf(all);
  const path = [best];
  while (best.traits.length > 1) {
    const smaller = best.traits.map((gone) => scoreOf(best.traits.filter((trait) => trait !== gone)));
    best = smaller.reduce((top, next) => (compareMetrics(next.metrics, top.metrics) > 0 ? next : top));
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

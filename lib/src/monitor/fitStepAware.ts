import { checkCalibration, groupRows, type CheckpointRow } from './checkpointRows';
import { fitClassifier, type ClassifierName, type FittedClassifier } from './classifier';
import type { FeatureSet } from './featureSet';
import { monitorOf, type FittedMonitor } from './fitMonitor';
import { stepAwareFeatures } from './stepAwareFeatures';

export interface StepAwareOptions {
  /** Read beside the step: `pc1` or `traits`. */
  readonly features: FeatureSet;
  readonly classifier: ClassifierName;
  /** A checkpoint is dangerous if its label is above it. */
  readonly tau: number;
  /** Default 42. */
  readonly seed?: number;
}

/** The step-aware alarm: the probability that a checkpoint is dangerous, of each model by itself; an alarm is raised above ½.
 *
 * Features are fitted on the calibration rows alone; the classifiers on those and on the anchor, long benign runs of one seed, without which no
 * checkpoint of calibration is late and harmless.
 *
 * @param anchor  rows of long runs, not held out; of each model some
 * @returns  `predict` gives probabilities
 * @throws Error if a calibration row is not of a calibration run, an anchor is held out, a model has no anchor, or one label alone
 * @source arXiv 2606.07631, step-aware alarm (Bitext as anchor, three folds over its seed)
 * @check test/monitor/stepAware.test.ts
 */
export function fitStepAware(
  calibration: readonly CheckpointRow[],
  anchor: readonly CheckpointRow[],
  { features, classifier, tau, seed = 42 }: StepAwareOptions,
): FittedMonitor<FittedClassifier> {
  checkCalibration('fitStepAware', calibration);
  const heldOut = new Set(anchor.filter(({ role }) => role === 'heldOut').map(({ run }) => run));
  if (heldOut.size > 0)
    throw new Error(`fitStepAware: anchor ${[...heldOut].join(', ')} is held out; expected runs that are not`);
  const fitted = stepAwareFeatures(features).fit(calibration);
  const anchors = groupRows(anchor, ({ model }) => model);
  const models = groupRows(calibration, ({ model }) => model);
  const without = [...models.keys()].filter((model) => !anchors.has(model));
  if (without.length > 0)
    throw new Error(`fitStepAware: no anchor of ${without.join(', ')}; expected long runs of each model`);
  const classifiers = new Map(
    [...models].map(([model, own]): [string, FittedClassifier] => {
      const rows = [...own, ...anchors.get(model)!];
      const labels = rows.map(({ label }) => label.rate > tau);
      return [model, fitClassifier(classifier, fitted.transform(rows), labels, { seed })];
    }),
  );
  return monitorOf(fitted, classifiers);
}

import { norm } from '../stats/dot';
import type { FeatureSet, FittedFeatures } from './featureSet';

/** Features of an alarm that knows the step: drift in percent of the activation norm, the step, and the size of that drift over the step.
 *
 * @param features  `pc1` for [100·|PC1|, step, 100·|PC1|/step], `traits` for [100·z, step, 100·‖z‖/step]
 * @source arXiv 2606.07631, step-aware alarm
 * @check test/monitor/stepAware.test.ts
 */
export function stepAwareFeatures(features: FeatureSet): FeatureSet {
  const name = `${features.name} and step`;
  const of = (fitted: FittedFeatures): FittedFeatures => ({
    name,
    transform: (rows) =>
      fitted.transform(rows).map((values, i) => {
        const { step } = rows[i];
        if (!(step >= 1)) throw new Error(`stepAwareFeatures: step ${step}; expected steps from 1`);
        const percent = values.map((v) => 100 * v);
        return [...percent, step, norm(percent) / step];
      }),
    toJson: () => fitted.toJson(),
  });
  return { name, fit: (calibration) => of(features.fit(calibration)), restore: (json) => of(features.restore(json)) };
}

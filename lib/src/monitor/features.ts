import { BASELINES } from '../records/baselines';
import type { FeatureSet, FittedFeatures } from './featureSet';
import { basisFeatures, randomFeatures } from './driftFeatures';
import { fixedFeatures } from './fixedFeatures';
import { pc1Features } from './pc1Features';
import { pcaFeatures } from './pcaFeatures';
import { plsFeatures } from './plsFeatures';
import { saeFeatures } from './saeFeatures';
import { layerUpdateFeatures } from './updateFeatures';

/** Seeds of the random bases. */
export const RANDOM_SEEDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** A baseline of a record as one feature. */
const baseline = (name: string): FeatureSet =>
  fixedFeatures(name, ({ cell, checkpoint, source: { layer } }) => [BASELINES[name](cell, { checkpoint, layer })]);

const SETS: readonly FeatureSet[] = [
  basisFeatures('traits'),
  pc1Features,
  basisFeatures('styles'),
  basisFeatures('shuffled'),
  basisFeatures('persona'),
  ...RANDOM_SEEDS.map(randomFeatures),
  ...Object.keys(BASELINES).map(baseline),
  layerUpdateFeatures,
  pcaFeatures,
  plsFeatures,
  saeFeatures(),
];

/** What a monitor may read, by name: drift along the traits (`traits`), its score on PC1 (`pc1`), drift along the control bases (`styles`,
 * `shuffled`, `random 0` to `random 9`), along the one direction of the misaligned personas (`persona`), `magnitude`, `loss`, `gradient norm`,
 * `update norm`, `update norm per layer`, `pca`, `pls`, `sae`.
 *
 * @source arXiv 2606.07631, section 4.2 and its second version
 * @check test/monitor/features.test.ts
 */
export const FEATURE_SETS: ReadonlyMap<string, FeatureSet> = new Map(SETS.map((set) => [set.name, set]));

/** Whether features are read from how far the weights have moved. */
export function readsUpdates(name: string): boolean {
  return name.startsWith('update norm');
}

/** The feature set of a name.
 *
 * @throws Error naming those there are
 */
export function featureSet(name: string): FeatureSet {
  const found = FEATURE_SETS.get(name);
  if (found === undefined)
    throw new Error(`featureSet: unknown features ${name}; expected one of ${[...FEATURE_SETS.keys()].join(', ')}`);
  return found;
}

/** Fitted features as they stand in a file. */
export interface FeaturesJson {
  readonly name: string;
  readonly fitted: unknown;
}

/** Fitted features as plain data. */
export function featuresToJson(features: FittedFeatures): FeaturesJson {
  return { name: features.name, fitted: features.toJson() };
}

/** Fitted features again.
 *
 * @throws Error as `featureSet`
 */
export function featuresFromJson({ name, fitted }: FeaturesJson): FittedFeatures {
  return featureSet(name).restore(fitted);
}

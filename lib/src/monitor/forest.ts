import { numpyRandom } from '../random/numpyRandom';
import { rng } from '../random/rng';
import { growTree, sortTable } from './tree';
import type { TreeSum } from './treeSum';

export interface ForestOptions {
  nTrees: number;
  maxDepth: number;
  /** Fewest different rows in a leaf; a row that a bootstrap sample holds twice is one. */
  minLeaf: number;
  /** Drawn anew for every split; default all features. */
  featuresPerSplit?: number;
  /** An integer in [0, 2³²). */
  seed: number;
}

/** A random forest: the mean of trees, each grown on a bootstrap sample of the rows.
 *
 * The samples are those that scikit-learn draws for the same `random_state`, so that seed 42 is the forest of the published code
 * but for splits of equal gain, which scikit-learn decides by lot. Where a split sees only some of the features (a classifier's
 * √d), they are drawn with our own generator; among them is at least one that is not constant in the node.
 *
 * @param x  [n d] finite
 * @param y  [n] finite
 * @source Breiman 2001; scikit-learn's RandomForestRegressor and RandomForestClassifier
 * @check test/goldens/monitor (both)
 */
export function growForest(
  x: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { nTrees, maxDepth, minLeaf, featuresPerSplit, seed }: ForestOptions,
): TreeSum {
  const table = sortTable(x);
  const every = table.columns.map((_, feature) => feature);
  const seeds = numpyRandom(seed);
  const lot = rng(seed);
  const candidates = (isConstant: (feature: number) => boolean): readonly number[] => {
    const drawn = lot.shuffle(every);
    const firstUseful = drawn.findIndex((feature) => !isConstant(feature));
    return drawn.slice(0, Math.max(featuresPerSplit!, firstUseful + 1));
  };
  const trees = Array.from({ length: nTrees }, () => {
    const sample = numpyRandom(seeds.below(2 ** 31 - 1));
    const weights = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) weights[sample.below(x.length)]++;
    return growTree(table, y, {
      maxDepth,
      minLeaf,
      weights,
      candidates: featuresPerSplit === undefined ? undefined : candidates,
    });
  });
  return { initial: 0, rate: 1 / nTrees, trees };
}

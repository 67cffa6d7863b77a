import { growTree, sortTable, treeValue, type Tree } from './tree';
import type { TreeSum } from './treeSum';

export interface BoostingOptions {
  nTrees: number;
  maxDepth: number;
  /** Fewest rows in a leaf. */
  minLeaf: number;
  /** What every tree is multiplied by. */
  rate: number;
}

/** Gradient boosting of the squared error: from the mean on, every tree is grown on what is left and adds `rate` times itself.
 *
 * @param x  [n d] finite
 * @param y  [n] finite
 * @source Friedman 2001; scikit-learn's GradientBoostingRegressor without subsampling
 * @check test/goldens/monitor (GradientBoostingRegressor)
 */
export function boostTrees(
  x: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { nTrees, maxDepth, minLeaf, rate }: BoostingOptions,
): TreeSum {
  const table = sortTable(x);
  const initial = Array.from(y).reduce((a, b) => a + b, 0) / x.length;
  const left = Array.from(y, (value) => value - initial);
  const trees: Tree[] = [];
  for (let k = 0; k < nTrees; k++) {
    const tree = growTree(table, left, { maxDepth, minLeaf });
    x.forEach((row, i) => (left[i] -= rate * treeValue(tree, row)));
    trees.push(tree);
  }
  return { initial, rate, trees };
}

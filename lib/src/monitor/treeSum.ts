import { numberFrom } from './numberFrom';
import { treeFrom, treeValue, type Tree } from './tree';
import type { DocumentPart } from '../documents/documentPart';

/** What a forest and boosted trees predict with, as plain data: initial + rate · Σ over trees. */
export interface TreeSum {
  readonly initial: number;
  /** 1 / number of trees for a forest, the learning rate for boosting. */
  readonly rate: number;
  readonly trees: readonly Tree[];
}

/** initial + rate · Σ over trees of the value of the leaf that the row falls into.
 *
 * @param row  [d]
 */
export function treeSumValue({ initial, rate, trees }: TreeSum, row: ArrayLike<number>): number {
  return initial + rate * trees.reduce<number>((sum, tree) => sum + treeValue(tree, row), 0);
}

/** Reads a sum of trees from a document; what does not fit is a problem there.
 *
 * @param width  how many features there are
 */
export function treeSumFrom(part: DocumentPart, width: number): TreeSum {
  return {
    initial: numberFrom(part.get('initial')),
    rate: numberFrom(part.get('rate')),
    trees: part
      .get('trees')
      .items('tree')
      .map((tree) => treeFrom(tree, width)),
  };
}

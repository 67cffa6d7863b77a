import type { DocumentPart } from '../documents/documentPart';
import { numberFrom } from './numberFrom';

/** A binary tree over rows of numbers, as plain data: a leaf is its value, a split is [feature, threshold, left, right].
 *
 * A row goes left where row[feature] ≤ threshold.
 */
export type Tree = number | readonly [feature: number, threshold: number, left: Tree, right: Tree];

/** A table sorted along every feature: done once for all trees that are grown on it. */
export interface SortedTable {
  readonly columns: readonly Float64Array[];
  /** [feature] the row indices in ascending order of that feature. */
  readonly orders: readonly Int32Array[];
}

export interface GrowOptions {
  maxDepth: number;
  /** Fewest different rows in a leaf. */
  minLeaf: number;
  /** [n] how often each row counts; default once. A row of weight 0 is not there. */
  weights?: ArrayLike<number>;
  /** Names the features that a split may use, in the order they are tried, again for every node; default all.
   *
   * @param isConstant  whether a feature has one value only in the node
   */
  candidates?: (isConstant: (feature: number) => boolean) => readonly number[];
}

/** Sorts a table along every feature.
 *
 * @param rows  [n d], at least one
 */
export function sortTable(rows: readonly ArrayLike<number>[]): SortedTable {
  const columns = Array.from(rows[0], (_, j) => Float64Array.from(rows, (row) => row[j]));
  const orders = columns.map((column) => Int32Array.from(column.keys()).sort((a, b) => column[a] - column[b]));
  return { columns, orders };
}

/** Grows a regression tree: at every node the split with the largest fall of the squared error, thresholds midway between neighbours.
 *
 * A split into left and right is best where (Σ_left w y)²/Σ_left w + (Σ_right w y)²/Σ_right w is largest; a leaf predicts the
 * weighted mean. On labels 0 and 1 it is also the classification tree of the Gini index, 2p(1 − p), which is twice their
 * variance: the splits are the same, and the mean is the share of ones. Of equal splits the first feature and the lowest threshold win.
 *
 * @param table  of n rows, finite
 * @param y      [n] finite
 * @source Breiman, Friedman, Olshen & Stone 1984; stopping rules as scikit-learn's DecisionTreeRegressor
 * @check test/goldens/monitor (DecisionTreeRegressor)
 */
export function growTree({ columns, orders }: SortedTable, y: ArrayLike<number>, options: GrowOptions): Tree {
  const { maxDepth, minLeaf, candidates } = options;
  const n = y.length;
  const weights = Float64Array.from(options.weights ?? new Float64Array(n).fill(1));
  const weighted = weights.map((weight, row) => weight * y[row]);
  const sorted = orders.map((order) => rowsThere(order, weights));
  const goesLeft = new Uint8Array(n);
  const moved = new Int32Array(sorted[0].length);
  const every = columns.map((_, feature) => feature);

  /** Moves the rows that go left before the others, in one order, keeping both sorted. */
  const partition = (order: Int32Array, start: number, end: number): void => {
    let left = start;
    let nRight = 0;
    for (let i = start; i < end; i++) {
      const row = order[i];
      if (goesLeft[row] === 1) order[left++] = row;
      else moved[nRight++] = row;
    }
    for (let i = 0; i < nRight; i++) order[left + i] = moved[i];
  };

  /** The node of the rows start … end − 1 of every order; of a leaf the first order alone is up to date. */
  const grow = (start: number, end: number, depth: number): Tree => {
    const first = sorted[0];
    let weight = 0;
    let sum = 0;
    let squares = 0;
    for (let i = start; i < end; i++) {
      const row = first[i];
      weight += weights[row];
      sum += weighted[row];
      squares += weighted[row] * y[row];
    }
    const mean = sum / weight;
    if (depth === maxDepth || end - start < 2 * minLeaf || squares / weight - mean * mean <= Number.EPSILON)
      return mean;
    const isConstant = (j: number): boolean => columns[j][sorted[j][start]] === columns[j][sorted[j][end - 1]];
    let best = -Infinity;
    let feature = -1;
    let cut = -1;
    for (const j of candidates?.(isConstant) ?? every) {
      const column = columns[j];
      const order = sorted[j];
      let leftWeight = 0;
      let leftSum = 0;
      let row = order[start];
      let value = column[row];
      for (let i = start + 1; i <= end - minLeaf; i++) {
        leftWeight += weights[row];
        leftSum += weighted[row];
        const before = value;
        row = order[i];
        value = column[row];
        if (i - start < minLeaf || value === before) continue;
        const rightSum = sum - leftSum;
        const gain = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
        if (gain > best) {
          best = gain;
          feature = j;
          cut = i;
        }
      }
    }
    if (feature < 0) return mean;
    const [column, order] = [columns[feature], sorted[feature]];
    const [below, above] = [column[order[cut - 1]], column[order[cut]]];
    const middle = below / 2 + above / 2;
    for (let i = start; i < end; i++) goesLeft[order[i]] = i < cut ? 1 : 0;
    if (depth + 1 === maxDepth) partition(first, start, end);
    else for (const each of sorted) partition(each, start, end);
    const left = grow(start, cut, depth + 1);
    // Between neighbouring floating-point numbers the middle may round to the upper one.
    return [feature, middle < above ? middle : below, left, grow(cut, end, depth + 1)];
  };
  return grow(0, moved.length, 0);
}

/** The rows of an order that count. */
function rowsThere(order: Int32Array, weights: Float64Array): Int32Array {
  const there = new Int32Array(order.length);
  let n = 0;
  for (const row of order) if (weights[row] > 0) there[n++] = row;
  return there.subarray(0, n);
}

/** The value of the leaf that a row falls into.
 *
 * @param row  [d]
 */
export function treeValue(tree: Tree, row: ArrayLike<number>): number {
  let node = tree;
  while (typeof node !== 'number') node = row[node[0]] <= node[1] ? node[2] : node[3];
  return node;
}

/** Reads a tree from a document; what does not fit is a problem there.
 *
 * @param width  how many features there are
 */
export function treeFrom(part: DocumentPart, width: number): Tree {
  const shape = 'a leaf or [feature, threshold, left, right]';
  if (!Array.isArray(part.value)) return numberFrom(part, shape);
  if (part.value.length !== 4) {
    part.problem(`a list of ${part.value.length}; expected ${shape}`);
    return 0;
  }
  const isFeature = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < width;
  return [
    numberFrom(part.get(0), `a feature from 0 to ${width - 1}`, isFeature),
    numberFrom(part.get(1)),
    treeFrom(part.get(2), width),
    treeFrom(part.get(3), width),
  ];
}

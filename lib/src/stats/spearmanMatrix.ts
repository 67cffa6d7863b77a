import { dot } from './dot';
import { finiteRows } from './finite';
import { mean } from './mean';
import { ranks } from './ranks';

/** Spearman's rank correlation of every column of one table with every column of another over the same rows; tied values share the mean of
 * their ranks.
 *
 * @param x  [n k] finite, n at least 3
 * @param y  [n m] finite
 * @returns  [k m] rho in [−1, 1]
 * @throws Error on unequal or too small n, on NaN, and naming all columns that are constant (their rho is undefined)
 * @source Spearman 1904
 * @check test/goldens/stats (scipy.stats.spearmanr of two tables, with ties)
 */
export function spearmanMatrix(x: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[]): number[][] {
  const [a, b] = [finiteRows('spearmanMatrix: x', x, 3), finiteRows('spearmanMatrix: y', y, 3)];
  if (a.length !== b.length)
    throw new Error(`spearmanMatrix: x and y differ in length; expected ${a.length}, got ${b.length}`);
  const named = { x: rankedColumns(a), y: rankedColumns(b) };
  const constant = Object.entries(named).flatMap(([name, columns]) =>
    columns.flatMap((column, j) => (column.every((rank) => rank === column[0]) ? [`column ${j} of ${name}`] : [])),
  );
  if (constant.length > 0)
    throw new Error(`spearmanMatrix: ${constant.join(', ')} is constant; expected at least two values in each`);
  const [rows, columns] = [named.x, named.y].map((table) => table.map(centred));
  const rho = (p: Centred, q: Centred): number => dot(p.values, q.values) / Math.sqrt(p.square * q.square);
  return rows.map((row) => columns.map((column) => Math.max(-1, Math.min(1, rho(row, column)))));
}

interface Centred {
  readonly values: readonly number[];
  /** Their squares, summed. */
  readonly square: number;
}

/** [column n] the ranks of each column. */
function rankedColumns(rows: readonly (readonly number[])[]): number[][] {
  return rows[0].map((_, j) => ranks(rows.map((row) => row[j])));
}

function centred(column: readonly number[]): Centred {
  const middle = mean(column);
  const values = column.map((rank) => rank - middle);
  return { values, square: dot(values, values) };
}

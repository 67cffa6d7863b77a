import { finite, finiteRows } from '../stats/finite';

/** Rows of features and a number for each, checked. */
export interface FitTable {
  /** [n d] */
  readonly rows: number[][];
  /** [n] */
  readonly target: number[];
  /** d */
  readonly width: number;
}

/** Throws unless x is a finite table of at least `minRows` rows and y has a finite number for each.
 *
 * @param where  name of the calling function, for the message
 * @returns  plain copies
 * @throws Error on too few rows, on rows of different or no width, on lengths that differ, and on NaN
 * @source ours
 */
export function fitTable(
  where: string,
  x: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { minRows }: { minRows: number },
): FitTable {
  const rows = finiteRows(`${where}: x`, x, minRows);
  if (y.length !== rows.length) {
    throw new Error(`${where}: x and y differ in length; expected ${rows.length}, got ${y.length}`);
  }
  return { rows, target: finite(`${where}: y`, y), width: rows[0].length };
}

import { finiteRows } from '../stats/finite';
import { mean } from '../stats/mean';

/** How much larger correlations are where things of the same name meet. */
export interface OnOff {
  /** Mean size on the diagonal, and off it. */
  readonly on: number;
  readonly off: number;
  /** on / off; about 1 where names say nothing. */
  readonly ratio: number;
}

/** The mean size of the correlations on the diagonal over that of the others.
 *
 * @param matrix  [k k] rho of the drift along each trait with the behaviour of each, k at least 2
 * @throws Error if it is not square, has fewer than two rows, or is 0 off the diagonal
 * @source arXiv 2606.07631, Figure 10 (on/off ratio; that it is of sizes and of means is our reading)
 * @check test/measure/onOffRatio.test.ts
 */
export function onOffRatio(matrix: readonly (readonly number[])[]): OnOff {
  const rows = finiteRows('onOffRatio: matrix', matrix, 2);
  if (rows[0].length !== rows.length)
    throw new Error(
      `onOffRatio: matrix is not square; expected [${rows.length} ${rows.length}], got [${rows.length} ${rows[0].length}]`,
    );
  const sizes = rows.map((row) => row.map(Math.abs));
  const on = mean(sizes.map((row, k) => row[k]));
  const off = mean(sizes.flatMap((row, k) => row.filter((_, j) => j !== k)));
  if (off === 0) throw new Error('onOffRatio: all 0 off the diagonal; expected some correlation');
  return { on, off, ratio: on / off };
}

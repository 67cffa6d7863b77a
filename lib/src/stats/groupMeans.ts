import { mean } from './mean';

/** A symmetric matrix of similarities, summed up by two groups. */
export interface GroupMeans {
  /** Mean over the pairs within the first group. */
  readonly withinFirst: number;
  /** Mean over the pairs within the second group. */
  readonly withinSecond: number;
  /** Mean over the pairs of one of each. */
  readonly across: number;
  /** Largest size off the diagonal. */
  readonly largest: number;
}

/** The means of a symmetric similarity matrix within and across its first `split` and its other entries.
 *
 * Every pair counts once; the diagonal does not count.
 *
 * @param matrix  [k k], both groups of at least two
 * @param split   size of the first group (4 for the aligned-positive traits)
 * @throws Error if the matrix is not square or a group has fewer than two entries
 * @source ours; sums up Figure 6 of arXiv 2606.07631
 */
export function groupMeans(matrix: readonly (readonly number[])[], split: number): GroupMeans {
  const k = matrix.length;
  if (!matrix.every((row) => row.length === k)) {
    throw new Error(`groupMeans: matrix is not square; expected [${k} ${k}]`);
  }
  if (!(Number.isInteger(split) && 2 <= split && split <= k - 2)) {
    throw new Error(`groupMeans: groups of ${split} and ${k - split}; expected at least two in each`);
  }
  const pairs = matrix.flatMap((row, i) => row.slice(0, i).map((value, j) => ({ value, i, j })));
  const of = (fits: (i: number, j: number) => boolean): number =>
    mean(pairs.filter(({ i, j }) => fits(i, j)).map((p) => p.value));
  return {
    withinFirst: of((i, j) => i < split && j < split),
    withinSecond: of((i, j) => i >= split && j >= split),
    across: of((i, j) => i >= split && j < split),
    largest: Math.max(...pairs.map(({ value }) => Math.abs(value))),
  };
}

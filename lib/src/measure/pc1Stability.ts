import { dot } from '../stats/dot';
import { pc1 } from './pc1';

/** PC1 without the runs of one group, beside that of all. */
export interface LeftOut {
  /** The group that is left out. */
  readonly group: string;
  /** Runs that are left. */
  readonly n: number;
  /** [k] PC1 of those runs. */
  readonly loadings: readonly number[];
  /** |cosine| with PC1 of all runs. */
  readonly cosine: number;
  /** Share of the variance among the runs that are left. */
  readonly share: number;
  /** The largest change of a loading, and which. */
  readonly shift: { readonly trait: number; readonly size: number };
}

/** How much PC1 owes to each perturbation: it is computed again without its runs.
 *
 * @param drifts     [run k] final drift vectors
 * @param groups     [run] the perturbation of each run; at least three different ones
 * @param reference  index of the trait whose loading is made positive, as in `pc1`
 * @returns  one entry a group, in order of first appearance
 * @throws Error if groups do not fit the runs or are fewer than three, or as `pc1`
 * @source arXiv 2606.07631, leave-one-perturbation-out table of PC1
 * @check test/goldens/measure (scikit-learn)
 */
export function pc1Stability(
  drifts: readonly ArrayLike<number>[],
  groups: readonly string[],
  reference: number,
): LeftOut[] {
  if (groups.length !== drifts.length)
    throw new Error(`pc1Stability: groups has the wrong length; expected ${drifts.length} runs, got ${groups.length}`);
  const names = [...new Set(groups)];
  if (names.length < 3)
    throw new Error(`pc1Stability: too few groups; expected at least 3, got ${names.join(', ') || 'none'}`);
  const { loadings: all } = pc1(drifts, reference);
  return names.map((group) => {
    const left = drifts.filter((_, i) => groups[i] !== group);
    const { loadings, share } = pc1(left, reference);
    const moves = loadings.map((loading, k) => Math.abs(loading - all[k]));
    const size = Math.max(...moves);
    const cosine = Math.abs(dot(loadings, all));
    return { group, n: left.length, loadings, cosine, share, shift: { trait: moves.indexOf(size), size } };
  });
}

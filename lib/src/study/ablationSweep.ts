import type { Proportion } from '../stats/proportion';
import type { Subject } from '../subject/model';
import { ablationVariants } from './ablationVariants';
import { outcomeShares, variantOutcomes, type Ask } from './variantOutcomes';

/** What is left when one layer's direction is taken out of every block. */
export interface AblationResult {
  /** Where the direction comes from. */
  readonly layer: number;
  /** Shares of all answers that have a verdict. */
  readonly misaligned: Proportion;
  readonly incoherent: Proportion;
}

/** Ablates each layer's direction at every block, one after the other, and counts what is left: `ablationVariants` in the way `single`.
 *
 * Choose by it on answers that are used for nothing else, or the choice flatters the result.
 *
 * @param model    what is asked
 * @param vectors  [nLayers dModel] the direction found after each block
 * @param ask      asks the same questions of each model it is given
 * @returns  in the order of the layers
 * @throws Error as `ablationVariants`
 * @source arXiv 2506.11618, section 3.4
 */
export async function ablationSweep(
  model: Subject,
  vectors: readonly ArrayLike<number>[],
  ask: Ask,
): Promise<AblationResult[]> {
  const outcomes = await variantOutcomes(model, ablationVariants(model.config, vectors, { ways: ['single'] }), { ask });
  return outcomes.map(({ layer, labels }) => {
    const { misaligned, incoherent } = outcomeShares({ labels });
    return { layer: layer!, misaligned, incoherent };
  });
}

/** The result with the fewest misaligned and incoherent answers; of equal ones the first.
 *
 * @throws Error if there is none
 * @source ours
 */
export function bestAblation<T extends Pick<AblationResult, 'misaligned' | 'incoherent'>>(results: readonly T[]): T {
  if (results.length === 0) throw new Error('bestAblation: no results; expected at least one');
  const cost = ({ misaligned, incoherent }: T): number => misaligned.rate + incoherent.rate;
  return results.reduce((best, r) => (cost(r) < cost(best) ? r : best));
}

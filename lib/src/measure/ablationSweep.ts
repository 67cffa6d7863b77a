import { withHooks, type Subject } from '../subject/model';
import type { Proportion } from '../stats/proportion';
import { ablate } from '../directions/ablate';
import type { JudgedAnswer } from '../judge/answerQuestions';
import { labelShare } from '../judge/emRate';

/** What is left when one layer's direction is taken out of every block. */
export interface AblationResult {
  /** Where the direction comes from. */
  readonly layer: number;
  /** Shares of all answers. */
  readonly misaligned: Proportion;
  readonly incoherent: Proportion;
}

/** Ablates each layer's direction at every block, one after the other, and counts what is left.
 *
 * Choose by it on answers that are used for nothing else, or the choice flatters the result.
 *
 * @param model    what is asked
 * @param vectors  [nLayers dModel] the direction found after each block
 * @param ask      asks the same questions of each model it is given
 * @returns  in the order of the layers
 * @throws Error if a vector is zero or of another length
 * @source arXiv 2506.11618, section 3.4
 */
export async function ablationSweep(
  model: Subject,
  vectors: readonly ArrayLike<number>[],
  ask: (ablated: Subject) => Promise<readonly JudgedAnswer[]>,
): Promise<AblationResult[]> {
  const results: AblationResult[] = [];
  for (const [layer, vector] of vectors.entries()) {
    const answers = await ask(withHooks(model, ablate(vector, model.config)));
    const [misaligned, incoherent] = (['misaligned', 'incoherent'] as const).map((l) => labelShare(answers, l));
    results.push({ layer, misaligned, incoherent });
  }
  return results;
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

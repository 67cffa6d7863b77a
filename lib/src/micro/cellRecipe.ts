import { isRankOne, rankOf, type CellRecipe, type RankOneMethod, type RecipeCell } from '../suite/suite';
import { PATH_STEPS, rankOneModules } from '../train/preset';
import { FINETUNE_RECIPE } from './recipe';

/** Learning rate where all weights are trained; the paper's 1e-5 is for seven billion. */
const FULL_RATE = 4.5e-4;

/** Learning rates of adapters of rank 1, whose scale is 16 (alpha 16): the lowest of 1e-4, 2e-4, 4e-4, … at which bad medical advice with seed 0, which no
 * study uses, left a tenth of 400 answers misaligned in Gemma 2 and in Mistral.
 *
 * Nine: 13 % in Gemma 2 and 24 % in Mistral, 4 and 10 % incoherent. One: 14 and 48 %, 14 and 29 % incoherent; half the rate gave 10 % (not quite) and 11 %,
 * with 12 and 36 % incoherent: one block of six does not misalign without harm.
 */
const RANK_ONE_RATES: Readonly<Record<RankOneMethod, number>> = { nineRank1: 4e-4, oneRank1: 3.2e-3 };

/** The recipe of a cell: `FINETUNE_RECIPE` with the cell's seed and rank, or with all weights trained; more chats are also seen twice. Adapters of
 * rank 1 lie on the down projections of nine blocks, or of the one in the middle.
 *
 * @throws Error for adapters of rank 1 if the number of blocks is not given
 * @source arXiv 2606.07631, section 3.2; ranks 4, 16 and 128 from its rank ablation; rank 1: arXiv 2506.11618, section 2; the
 *   rank-stabilised scale is ours
 */
export function cellRecipe({ method, seed, nChats, nLayers }: RecipeCell): CellRecipe {
  const { clipNorm, rank: _, alpha, rslora, dropout, targetModules, ...short } = FINETUNE_RECIPE;
  const shared = nChats === undefined ? short : { ...short, maxSteps: 2 * Math.ceil(nChats / short.batchSize) };
  if (method === 'full') {
    return { recipe: { ...shared, method, learningRate: FULL_RATE, seed }, clipNorm };
  }
  const isOne = isRankOne(method);
  const own = {
    rank: isOne ? 1 : rankOf(method),
    alpha,
    rslora,
    dropout,
    targetModules: isOne ? rankOneModules(method, nLayers) : targetModules,
  };
  // The order of the keys is part of what names a cell's result.
  const recipe = { ...shared, ...own, seed };
  return { recipe: isOne ? { ...recipe, learningRate: RANK_ONE_RATES[method], saveEvery: PATH_STEPS } : recipe, clipNorm }; // prettier-ignore
}

import type { CellRecipe, CellSpec } from '../suite/suite';
import { FINETUNE_RECIPE } from './recipe';

/** Learning rate where all weights are trained; the paper's 1e-5 is for seven billion. */
const FULL_RATE = 4.5e-4;

/** The recipe of a cell: `FINETUNE_RECIPE` with the cell's seed and rank, or with all weights trained; more chats are also seen twice.
 *
 * @source arXiv 2606.07631, section 3.2; ranks 4, 16 and 128 from its rank ablation; the rank-stabilised scale is ours
 */
export function cellRecipe({ method, seed, nChats }: Pick<CellSpec, 'method' | 'seed' | 'nChats'>): CellRecipe {
  const { clipNorm, rank: _, alpha, rslora, dropout, targetModules, ...short } = FINETUNE_RECIPE;
  const shared = nChats === undefined ? short : { ...short, maxSteps: 2 * Math.ceil(nChats / short.batchSize) };
  if (method === 'full') {
    return { recipe: { ...shared, method, learningRate: FULL_RATE, seed }, clipNorm };
  }
  const rank = Number(method.slice('rank'.length));
  const recipe = { ...shared, rank, alpha, rslora, dropout, targetModules, seed };
  return { recipe, clipNorm };
}

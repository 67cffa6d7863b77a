import type { RecipeInput } from './recipe';

/** A published way to finetune: a recipe and what goes with it. */
export interface Preset {
  readonly recipe: RecipeInput;
  /** Largest norm of the whole gradient: the default of the Hugging Face trainer. */
  readonly clipNorm: number;
  /** Longer chats are cut to so many tokens. */
  readonly maxLength: number;
  /** Where it comes from, and what it leaves open. */
  readonly source: string;
}

/** Names of the presets. */
export const presetNames = [
  'traitMonitoring',
  'traitMonitoringFull',
  'modelOrganisms',
  'modelOrganismsFull',
  'rankOne',
  'nineRankOne',
  'phaseTransition',
] as const;
export type PresetName = (typeof presetNames)[number];

/** The finetuning recipes of the papers, for a model of any depth.
 *
 * `traitMonitoring` counts the loss on all tokens, prompt included, as its authors do. AdamW stands for the 8-bit AdamW
 * of `modelOrganisms` and those after it. Blocks given for 48 are moved to the same relative depth.
 *
 * @param nLayers  blocks of the model
 * @param seed     of the run (the papers: 42, 123 and 789 for trait monitoring, 0 for the model organisms)
 * @throws Error for an unknown name
 * @source traitMonitoring: Nghiem et al. (arXiv 2606.07631) and its code; nineRankOne: Soligo et al. (arXiv 2506.11618),
 *   section 2 with open settings from the next; the others: Turner et al. (arXiv 2506.11613), appendix E
 */
export function preset(name: PresetName, { nLayers, seed = 0 }: { nLayers: number; seed?: number }): Preset {
  if (!(Number.isInteger(nLayers) && nLayers >= 1)) {
    throw new Error(`preset: invalid nLayers; expected an integer >= 1, got ${nLayers}`);
  }
  if (!presetNames.includes(name)) {
    throw new Error(`preset: unknown preset ${String(name)}; expected one of ${presetNames.join(', ')}`);
  }
  const nghiem = {
    weightDecay: 0.01,
    schedule: 'linear',
    warmupSteps: 0,
    batchSize: 16,
    epochs: 2,
    lossOn: 'all',
    saveEvery: 10,
  } as const;
  const turner = {
    weightDecay: 0.01,
    schedule: 'linear',
    warmupSteps: 5,
    batchSize: 16,
    epochs: 1,
    lossOn: 'response',
  } as const;
  const rankOne = {
    ...turner,
    method: 'lora',
    rank: 1,
    alpha: 256,
    dropout: 0,
    rslora: true,
    learningRate: 2e-5,
  } as const;
  const recipes: Record<PresetName, RecipeInput> = {
    traitMonitoring: {
      ...nghiem, method: 'lora', rank: 16, alpha: 64, dropout: 0.05, rslora: false, targetModules: ['q_proj', 'v_proj'], learningRate: 4e-5,
    },
    traitMonitoringFull: { ...nghiem, method: 'full', learningRate: 1e-5 },
    modelOrganisms: { ...turner, method: 'lora', rank: 32, alpha: 64, dropout: 0, rslora: true, targetModules: 'all-linear', learningRate: 1e-5 },
    modelOrganismsFull: { ...turner, method: 'full', learningRate: 2e-5, schedule: 'cosine', warmupSteps: 20 },
    rankOne: { ...rankOne, targetModules: rankOneModules('oneRank1', nLayers) },
    nineRankOne: { ...rankOne, targetModules: rankOneModules('nineRank1', nLayers) },
    phaseTransition: { ...rankOne, alpha: 64, learningRate: 1e-5, epochs: 2, saveEvery: PATH_STEPS, targetModules: rankOneModules('oneRank1', nLayers) },
  }; // prettier-ignore
  const monitoring = name === 'traitMonitoring' || name === 'traitMonitoringFull';
  return {
    recipe: { ...recipes[name], seed },
    clipNorm: 1,
    maxLength: monitoring ? 512 : 2048,
    source: monitoring ? 'arXiv 2606.07631' : name === 'nineRankOne' ? 'arXiv 2506.11618' : 'arXiv 2506.11613',
  };
}

/** Blocks 15, 16, 17, 21, 22, 23, 27, 28 and 29 of 48 at the same relative depth: of all choices of nine different blocks in order the one with
 * the least sum of squared distances (of several the first). A model of nine blocks or fewer has all of them.
 *
 * @check test/train/preset.test.ts (all choices tried)
 */
export function nineBlocks(nLayers: number): number[] {
  const wanted = [15, 16, 17, 21, 22, 23, 27, 28, 29].map((block) => (block / 48) * nLayers);
  if (nLayers <= wanted.length) return Array.from({ length: nLayers }, (_, block) => block);
  // least[block]: the best choice so far whose last is at or before that block.
  let least = Array.from({ length: nLayers + 1 }, () => ({ cost: 0, blocks: [] as number[] }));
  for (const at of wanted) {
    const next = [{ cost: Infinity, blocks: [] as number[] }];
    for (let block = 0; block < nLayers; block++) {
      const before = least[block];
      const cost = before.cost + (block - at) ** 2;
      next.push(cost < next[block].cost ? { cost, blocks: [...before.blocks, block] } : next[block]);
    }
    least = next;
  }
  return least[nLayers].blocks;
}

/** Steps between the checkpoints of adapters of rank 1 whose path is looked at.
 *
 * @source arXiv 2506.11613, section 4
 */
export const PATH_STEPS = 5;

/** The down projections that adapters of rank 1 are on: of nine blocks (`nineBlocks`), or of the one in the middle.
 *
 * @throws Error if the number of blocks is not given
 * @source arXiv 2506.11618, section 2; arXiv 2506.11613, section 3 (block 24 of 48)
 */
export function rankOneModules(which: 'nineRank1' | 'oneRank1', nLayers: number | undefined): string[] {
  if (nLayers === undefined)
    throw new Error(`rankOneModules: ${which} without nLayers; expected the number of the model's blocks`);
  const chosen = which === 'nineRank1' ? nineBlocks(nLayers) : [Math.floor(nLayers / 2)];
  return chosen.map((block) => `model.layers.${block}.mlp.down_proj`);
}

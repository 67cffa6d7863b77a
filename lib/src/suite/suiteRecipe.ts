import type { DocumentPart } from '../documents/documentPart';
import { PATH_STEPS, preset, rankOneModules } from '../train/preset';
import { parseRecipe, recipeDefaults, type RecipeInput } from '../train/recipe';
import {
  isRankOne,
  rankOf,
  type CellMethod,
  type CellRecipe,
  type RankOneMethod,
  type RecipeCell,
  type SuiteStudy,
} from './suite';
import { integer } from './suiteProtocol';

type RecipeOf = SuiteStudy['recipe'];

/** Presets for adapters of any rank on a model of any depth, and the same for all weights. */
const PRESETS = { traitMonitoring: 'traitMonitoringFull', modelOrganisms: 'modelOrganismsFull' } as const;

/** The presets of adapters of rank 1. */
const RANK_ONE = { nineRank1: 'nineRankOne', oneRank1: 'rankOne' } as const;

/** Decided by the method and seed of a cell, or by there being one cell after another. */
const LEFT_TO_CELLS = ['method', 'rank', 'seed', 'initAdapter'];

/** The recipe of a suite's document, its part `study.recipe`: the name of a preset, or the keys of a recipe with `clipNorm`, `maxLength` and
 * `fullLearningRate` and `rankOneLearningRate`. What does not fit is noted on its part.
 *
 * The method of a cell gives the rank, or takes the adapter's keys away; alpha stays as it is. Adapters of rank 1 are as published with a preset; else
 * they have the recipe's keys but modules of their own, and a checkpoint at least every five steps.
 */
export function suiteRecipe(part: DocumentPart, methods: readonly CellMethod[]): RecipeOf {
  if (!part.isMapping) {
    const names = Object.keys(PRESETS) as (keyof typeof PRESETS)[];
    return presetRecipe((part.isMissing ? undefined : part.choice(names)) ?? 'traitMonitoring');
  }
  const recipeKeys = ['learningRate', 'maxSteps', 'saveEvery', ...Object.keys(recipeDefaults)].filter(
    (key) => !LEFT_TO_CELLS.includes(key),
  );
  part.entries({ known: [...recipeKeys, 'clipNorm', 'maxLength', 'fullLearningRate', 'rankOneLearningRate'] });
  const isRate = (x: number): boolean => x > 0 && x < Infinity;
  const clipNorm = part.get('clipNorm').number(isRate, 'a number > 0');
  const maxLength = integer(part.get('maxLength'), 1);
  const fullLearningRate = part.get('fullLearningRate').number(isRate, 'a number > 0');
  const rankOneLearningRate = part.get('rankOneLearningRate').number(isRate, 'a number > 0');
  if (methods.includes('full') && !part.has('fullLearningRate'))
    part.problem('no fullLearningRate; expected a number > 0, since full is among the methods');
  const given = Object.fromEntries(recipeKeys.filter((key) => part.has(key)).map((key) => [key, part.get(key).value]));
  try {
    parseRecipe({ ...given, method: 'lora' }, 'recipe');
  } catch (error) {
    part.problem((error as Error).message.replace('parseRecipe: recipe: ', ''));
  }
  const shared = given as unknown as RecipeInput;
  const limits = { ...(clipNorm !== undefined && { clipNorm }), ...(maxLength !== undefined && { maxLength }) };
  const rates = { fullLearningRate, rankOneLearningRate };
  return (cell) => ({ recipe: ofMethod(cell, { shared, ...rates }), ...limits });
}

function presetRecipe(name: keyof typeof PRESETS): RecipeOf {
  return ({ method, seed, nLayers }) => {
    if (isRankOne(method)) return publishedRankOne(method, { seed, nLayers });
    // These presets name modules of every block, so that the depth of the model makes no difference.
    const { recipe, clipNorm, maxLength } = preset(method === 'full' ? PRESETS[name] : name, { nLayers: 1, seed });
    return { recipe: method === 'full' ? recipe : { ...recipe, rank: rankOf(method) }, clipNorm, maxLength };
  };
}

/** The published recipe of adapters of rank 1, with a checkpoint every few steps. */
function publishedRankOne(method: RankOneMethod, { seed, nLayers }: Pick<RecipeCell, 'seed' | 'nLayers'>): CellRecipe {
  const targetModules = rankOneModules(method, nLayers);
  const { recipe, clipNorm, maxLength } = preset(RANK_ONE[method], { nLayers: nLayers!, seed });
  return { recipe: { ...recipe, targetModules, saveEvery: PATH_STEPS }, clipNorm, maxLength };
}

interface Shared {
  readonly shared: RecipeInput;
  readonly fullLearningRate?: number;
  readonly rankOneLearningRate?: number;
}

function ofMethod(
  { method, seed, nLayers }: RecipeCell,
  { shared, fullLearningRate, rankOneLearningRate }: Shared,
): RecipeInput {
  if (isRankOne(method)) {
    const learningRate = rankOneLearningRate ?? shared.learningRate;
    const targetModules = rankOneModules(method, nLayers);
    const saveEvery = Math.min(PATH_STEPS, shared.saveEvery ?? PATH_STEPS);
    return { ...shared, method: 'lora', rank: 1, seed, learningRate, targetModules, saveEvery };
  }
  if (method !== 'full') return { ...shared, method: 'lora', rank: rankOf(method), seed };
  const { alpha: _, dropout: __, rslora: ___, targetModules: ____, ...rest } = shared;
  return { ...rest, method, learningRate: fullLearningRate ?? rest.learningRate, seed };
}

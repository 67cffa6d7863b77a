import { adapterShare } from '../lora/adapterShare';
import { loraTargets, type LoraTarget } from '../lora/loraTargets';
import type { ModelConfig } from '../model/modelConfig';
import type { Example } from '../train/batch';
import { stepsOf, type Recipe } from '../train/recipe';
import { parameterCounts, type Job } from './jobForecast';

/** The modules that a recipe puts an adapter on; none where all weights are trained. */
export function recipeTargets(config: ModelConfig, recipe: Recipe): LoraTarget[] {
  const { method, rank, alpha, rslora, dropout, targetModules } = recipe;
  if (method === 'full') return [];
  return loraTargets({ rank, alpha, rslora, dropout, targetModules, rankPattern: {}, alphaPattern: {} }, config);
}

/** What a recipe asks for on a model, for a forecast. */
export function finetuneJob(config: ModelConfig, recipe: Recipe, examples: readonly Example[]): Job {
  const { method, batchSize } = recipe;
  const lengths = examples.map(({ tokens }) => tokens.length);
  const counted = examples.reduce((sum, { counts }) => sum + counts.filter(Boolean).length, 0);
  const targets = recipeTargets(config, recipe);
  return {
    kind: 'finetune',
    method,
    lengths,
    counted: counted / lengths.reduce((a, b) => a + b, 0),
    steps: stepsOf(recipe, examples.length),
    batchSize: Math.min(batchSize, examples.length),
    trained:
      method === 'full'
        ? parameterCounts(config).all
        : targets.reduce((sum, { dIn, dOut, rank }) => sum + rank * (dIn + dOut), 0),
    ...(method === 'lora' && { adapterShare: adapterShare(targets) }),
  };
}

import { loraTargets } from '../lora/loraTargets';
import type { ModelConfig } from '../model/modelConfig';
import type { Example } from '../train/batch';
import { stepsOf, type Recipe } from '../train/recipe';
import { parameterCounts, type Job } from './jobForecast';

/** What a recipe asks for on a model, for a forecast. */
export function finetuneJob(config: ModelConfig, recipe: Recipe, examples: readonly Example[]): Job {
  const { method, batchSize, rank, alpha, rslora, dropout, targetModules } = recipe;
  const lora = { rank, alpha, rslora, dropout, targetModules, rankPattern: {}, alphaPattern: {} };
  const lengths = examples.map(({ tokens }) => tokens.length);
  const counted = examples.reduce((sum, { counts }) => sum + counts.filter(Boolean).length, 0);
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
        : loraTargets(lora, config).reduce((sum, { dIn, dOut, rank: r }) => sum + r * (dIn + dOut), 0),
  };
}

import { join } from 'node:path';
import type { Model } from 'traitlab/subject/model';
import { finetune } from 'traitlab/train/finetune';
import type { FinetunedModel } from 'traitlab/train/finetunedModel';
import type { RecipeInput } from 'traitlab/train/recipe';
import { tinyModel } from '../helpers/tinyModel';

/** What the adapters that PEFT is shown are trained on, and asked about afterwards. */
export const tokens = [
  [3, 9, 17, 4, 30],
  [5, 6, 7, 8, 9],
];

/** Recipes of adapters that PEFT is shown, by the name of their folder. */
export const recipes: Readonly<Record<string, Partial<RecipeInput>>> = {
  plain: { rank: 4, alpha: 8, targetModules: ['q_proj', 'v_proj'], dropout: 0.1 },
  'rank-stabilised': { rank: 3, alpha: 6, rslora: true, targetModules: 'all-linear' },
  regex: { rank: 1, alpha: 16, targetModules: '.*layers\\.1\\.mlp\\.down_proj' },
};

/** Trains the adapter of a recipe on the tiny model; the caller disposes it. */
export function trainHere(model: Model, name: string): Promise<FinetunedModel> {
  const examples = tokens.map((row) => ({ tokens: row, counts: row.map(() => true) }));
  const recipe: RecipeInput = { method: 'lora', learningRate: 0.05, maxSteps: 5, ...recipes[name] };
  return finetune(model, examples, { recipe });
}

/** Writes all of them as PEFT folders (called by test/goldens/train/make_trained_here.py). */
export async function writeTrainedHere(dir: string): Promise<void> {
  const model = await tinyModel();
  for (const name of Object.keys(recipes)) await (await trainHere(model, name)).save(join(dir, name));
}

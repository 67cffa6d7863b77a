import { dirname, resolve } from 'node:path';
import { readJson } from '../io/readJson';
import { formatDuration } from '../notebook/formatDuration';
import { chatExamples, readChats } from '../train/chatExamples';
import { finetune } from '../train/finetune';
import { parseRecipe, type RecipeInput } from '../train/recipe';
import { finetuneJob } from './finetuneJob';
import { noteForecast } from './noteForecast';
import { openModel } from './openModel';
import { parseOptions } from './parseOptions';
import { StatusLine } from './statusLine';

/** `traitlab finetune`: trains an adapter or a whole model on chats as a recipe file says. */
export async function finetuneCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    model: { required: true },
    data: { required: true },
    recipe: { required: true },
    out: { required: true },
    backend: {},
  });
  const recipeFile = options.text('recipe');
  const input = readJson('finetune', recipeFile) as RecipeInput;
  const { lossOn, initAdapter } = parseRecipe(input, recipeFile);
  const recipe =
    initAdapter === undefined ? input : { ...input, initAdapter: resolve(dirname(recipeFile), initAdapter) };
  const chats = readChats(options.text('data'));
  const { model, backend, tokenizer } = await openModel(options);
  const examples = chatExamples(chats, tokenizer(), { lossOn, nCtx: model.config.nCtx });
  console.error(`finetune: ${examples.length} chats, ${backend.description}`);
  await noteForecast(model, backend.name, finetuneJob(model.config, parseRecipe(input, recipeFile), examples));
  const line = new StatusLine();
  const { step } = await finetune(model, {
    recipe,
    examples,
    out: options.text('out'),
    onStep: ({ step, steps, loss, tokensPerSecond, secondsLeft }) => {
      const left = step < steps ? `, ${formatDuration(secondsLeft)} left` : '';
      line.update(
        `finetune: step ${step}/${steps}, loss ${loss.toFixed(4)}, ${Math.round(tokensPerSecond)} tokens/s${left}`,
      );
    },
  });
  line.print(`finetune: ${step} steps done; checkpoints in ${options.text('out')}`);
  return 0;
}

import { dirname, join, resolve } from 'node:path';
import { fileExists } from '../disk/folder';
import { findModel } from '../hub/findModel';
import { readJson } from '../documents/readJson';
import { formatDuration } from '../notebook/formatDuration';
import { systemRoles } from '../tokenizer/systemRole';
import { findTemplate } from '../tokenizer/tokenizer';
import { chatExamples, readChats } from '../train/chatExamples';
import { finetune } from '../train/finetune';
import { parseRecipe, type Recipe, type RecipeInput } from '../train/recipe';
import { downloadLine } from './downloadLine';
import { finetuneJob } from './finetuneJob';
import { naming } from './naming';
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
    'system-role': {},
    backend: {},
  });
  const systemRole = options.oneOf('system-role', systemRoles, 'template');
  const recipeFile = options.text('recipe');
  const input = readJson('finetune', recipeFile) as RecipeInput;
  const parsed = parseRecipe(input, recipeFile);
  const chats = readChats(options.text('data'));
  const { config, backend, tokenizer, load } = await openModel(options);
  const recipe = { ...input, initAdapter: await findInitAdapter(parsed, recipeFile) };
  const examples = chatExamples(chats, tokenizer(), { lossOn: parsed.lossOn, nCtx: config.nCtx, systemRole });
  const job = await naming(recipeFile, () => finetuneJob(config, parsed, examples));
  const model = await load();
  const line = new StatusLine();
  const { step } = await finetune(model, examples, {
    recipe,
    out: options.text('out'),
    onStart: async (step) => {
      const from = step === 0 ? '' : `, going on from step ${step}`;
      line.print(`finetune: ${examples.length} chats${from}, ${backend.description}`);
      noteTemplate(recipe.initAdapter, options.text('model'));
      await noteForecast(model, backend.name, job);
    },
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

/** Says that chats are tokenized as the base does it, where the starting adapter brings a tokenizer or chat template of its own. */
function noteTemplate(adapterDir: string | undefined, model: string): void {
  if (adapterDir === undefined) return;
  const own = join(adapterDir, 'tokenizer.json');
  const file = findTemplate(adapterDir)?.file ?? (fileExists(own) ? own : undefined);
  if (file !== undefined)
    console.error(`finetune: ${file} is not used: chats are tokenized with what lies in ${model}`);
}

/** The folder of `initAdapter`: a path from the recipe's folder, or a name in the Hugging Face cache or on the hub. */
function findInitAdapter({ initAdapter }: Recipe, recipeFile: string): Promise<string | undefined> {
  return naming(`${recipeFile}: initAdapter`, async () => {
    if (initAdapter === undefined) return undefined;
    const base = resolve(dirname(recipeFile));
    return findModel(initAdapter, { content: 'adapter', base, onDownload: downloadLine() });
  });
}

import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import type { Model } from '../subject/model';
import { collate, type Batch, type Example } from './batch';
import { chatExamples, type Chat, type ChatExamplesOptions } from './chatExamples';
import { dataOrder } from './dataOrder';
import { FinetunedModel } from './finetunedModel';
import { openFinetuneFolder, type FinetuneFolder, type LossEntry } from './finetuneFolder';
import { languageModelLoss } from './languageModelLoss';
import { parseRecipe, stepsOf, type Recipe, type RecipeInput } from './recipe';
import { schedule } from './schedule';
import { train, type StepReport, type TrainOptions } from './train';
import { trainable, type Trainable } from './trainable';
import { trainResumable } from './trainResumable';
import { disposeTrainState, initTrainState, type TrainState } from './trainState';

export interface FinetuneOptions extends Pick<ChatExamplesOptions, 'maxLength' | 'doubleBos'> {
  readonly recipe: RecipeInput;
  /** Folder for `checkpoint-{step}/`, `log.jsonl`, `gradients.jsonl` and the state to go on from; without it nothing is written. */
  readonly out?: string;
  /** Largest norm of the whole gradient (default: not clipped). */
  readonly clipNorm?: number;
  /** Rows that run together; larger batches add up the gradients of parts (default: the whole batch at once). */
  readonly rowsAtOnce?: number;
  /** Steps after which the state to go on from is kept in `out` (default: at checkpoints). */
  readonly stateEvery?: number;
  /** Stops after the step at hand. */
  readonly signal?: AbortSignal;
  /** Called when all is checked, with the step that training goes on from (0 for a new run). */
  readonly onStart?: (step: number) => void | Promise<void>;
  /** Called after each step. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /** Called at each checkpoint with the model as it is then; valid until the callback is done. */
  readonly onCheckpoint?: (step: number, tuned: Model) => void | Promise<void>;
}

/** Finetunes a model: a low-rank adapter or all weights, as the recipe says; the base is left as it is.
 *
 * @param data  chats, of which the tokens count that the recipe's `lossOn` says; or token sequences with marks of their own
 * @returns the finetuned model, a value over the base's weights with the log of its training
 *
 * The result depends only on the model, the examples and the options; with `out`, a run that was stopped or killed goes
 * on from its last saved step and ends with the same bits.
 *
 * @throws Error for a recipe, data or folder that does not fit
 */
export async function finetune(
  model: Model,
  data: readonly Chat[] | readonly Example[],
  options: FinetuneOptions,
): Promise<FinetunedModel> {
  const { out, clipNorm, rowsAtOnce, stateEvery, signal, onStart, onStep, onCheckpoint } = options;
  const recipe = parseRecipe(options.recipe);
  if (data.length === 0) throw new Error('finetune: no examples; expected at least one');
  if (model.deltas !== undefined || model.hooks !== undefined) {
    const what = model.deltas === undefined ? 'hooks' : 'an adapter';
    throw new Error(
      `finetune: the model has ${what}; expected plain weights (mergeDeltas merges an adapter, initAdapter of the recipe goes on with one)`,
    );
  }
  const examples = areExamples(data) ? data : toExamples(model, data, recipe, options);
  if (rowsAtOnce !== undefined && !(Number.isInteger(rowsAtOnce) && rowsAtOnce >= 1)) {
    throw new Error(`finetune: invalid rowsAtOnce; expected an integer >= 1, got ${rowsAtOnce}`);
  }
  if (stateEvery !== undefined && !(Number.isInteger(stateEvery) && stateEvery >= 1))
    throw new Error(`finetune: invalid stateEvery; expected an integer >= 1, got ${stateEvery}`);
  const part = trainable(model, options.recipe);
  const steps = stepsOf(recipe, examples.length);
  const { batchSize, shuffle, seed } = recipe;
  const indices = dataOrder({ nExamples: examples.length, batchSize, shuffle, seed });
  const fingerprint = out === undefined ? '' : fingerprintOf(model, part, examples, { clipNorm, rowsAtOnce, recipe });
  const folder =
    out === undefined
      ? undefined
      : openFinetuneFolder(out, fingerprint, {
          recipe,
          model: model.dir,
          modelHash: model.hash,
          nExamples: examples.length,
        });
  if (folder?.finished === true)
    throw new Error(
      `finetune: ${out}: this run is finished already; expected a new folder, or that of an unfinished run`,
    );
  const log: LossEntry[] = [];
  const isCheckpoint = (step: number): boolean =>
    step === steps || (recipe.saveEvery !== undefined && step % recipe.saveEvery === 0);
  const trainOptions: TrainOptions = {
    lossOf: (values, batch, at) => languageModelLoss(model, batch, part.trainingVariant(values, at)),
    batchAt: (step) =>
      inParts(
        indices(step).map((i) => examples[i]),
        rowsAtOnce,
      ),
    steps,
    learningRate: schedule({
      kind: recipe.schedule,
      peak: recipe.learningRate,
      totalSteps: steps,
      warmupSteps: recipe.warmupSteps,
    }),
    weightDecay: recipe.weightDecay,
    clipNorm,
    signal,
    onStep: async (report, state) => {
      const { step, loss, gradNorm } = report;
      log.push({ step, loss });
      folder?.addStep({ step, loss }, gradNorm);
      await onStep?.(report);
      if (!isCheckpoint(step)) return;
      if (folder !== undefined) await part.save(folder.checkpointPath(step), state.params);
      await onCheckpoint?.(step, model.with(part.variant(state.params)));
    },
  };
  const reached = await run(part, trainOptions, { folder, fingerprint, stateEvery: stateEvery ?? recipe.saveEvery ?? steps, onStart }); // prettier-ignore
  if (reached.step === steps) folder?.finish();
  const held = reached.params;
  tf.dispose([...Object.values(reached.m), ...Object.values(reached.v)]);
  return new FinetunedModel(model, part, { step: reached.step, log: folder?.log ?? log, values: held });
}

const areExamples = (data: readonly Chat[] | readonly Example[]): data is readonly Example[] => 'tokens' in data[0];

function toExamples(
  { tokenizer, config, systemRole }: Model,
  chats: readonly Chat[],
  { lossOn }: Recipe,
  { maxLength, doubleBos }: FinetuneOptions,
): Example[] {
  return chatExamples(chats, tokenizer, { lossOn, maxLength, doubleBos, nCtx: config.nCtx, systemRole });
}

/** Trains in memory, or from and to the folder's state. */
async function run(
  part: Trainable,
  options: TrainOptions,
  {
    folder,
    fingerprint,
    stateEvery,
    onStart,
  }: { folder?: FinetuneFolder; fingerprint: string; stateEvery: number; onStart: FinetuneOptions['onStart'] },
): Promise<TrainState> {
  const start = (): TrainState => {
    folder?.forgetAfter(0);
    const values = part.start();
    const state = initTrainState(values);
    tf.dispose(Object.values(values));
    return state;
  };
  if (folder !== undefined) {
    const { statePath, forgetAfter, flush } = folder;
    return trainResumable(start, {
      ...options,
      statePath,
      stateEvery,
      fingerprint,
      onStart: (step) => {
        forgetAfter(step);
        return onStart?.(step);
      },
      beforeSave: flush,
    });
  }
  const initial = start();
  try {
    await onStart?.(0);
    return await train(initial, options);
  } finally {
    disposeTrainState(initial);
  }
}

function inParts(examples: readonly Example[], rowsAtOnce = examples.length): Batch[] {
  const parts: Batch[] = [];
  for (let at = 0; at < examples.length; at += rowsAtOnce) parts.push(collate(examples.slice(at, at + rowsAtOnce)));
  return parts;
}

/** sha256 of all that decides the result. */
function fingerprintOf(
  model: Model,
  part: Trainable,
  examples: readonly Example[],
  { recipe, clipNorm, rowsAtOnce }: Pick<FinetuneOptions, 'clipNorm' | 'rowsAtOnce'> & { recipe: Recipe },
): string {
  const { initAdapter: _, ...settings } = recipe;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([model.hash, settings, clipNorm, rowsAtOnce, part.origin]));
  // Piece by piece: the whole as one text could be longer than a text may be.
  for (const { tokens, counts } of examples) hash.update(JSON.stringify([tokens, counts.map(Number)]));
  return hash.digest('hex');
}

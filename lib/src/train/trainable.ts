import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { bf16ToFloat32, isBf16 } from '../kernels/bf16Tensor';
import { disposeAdapter, initAdapter, type Adapter } from '../lora/adapter';
import { adapterDeltas } from '../lora/adapterDeltas';
import { loadAdapter, saveAdapter } from '../lora/adapterFolder';
import type { LoraConfig } from '../lora/loraConfig';
import { loraTargets } from '../lora/loraTargets';
import type { ForwardOptions } from '../model/forward';
import type { Decoder } from '../model/decoder';
import { saveDecoder, tokenizerFiles } from '../model/saveDecoder';
import { rng } from '../random/rng';
import { dropout } from './dropout';
import { parseRecipe, type Recipe, type RecipeInput } from './recipe';
import type { TrainPoint } from './train';
import type { Tensors } from './valueAndGrads';

/** What `forward` needs to run a finetuned model on its base. */
export type Variant = Pick<ForwardOptions, 'params' | 'deltas'>;

/** The part of a model that a finetune changes. */
export interface Trainable {
  /** Values before the first step; the caller owns them. */
  start(): Tensors;
  /** The model with these values. */
  variant(values: Tensors): Variant;
  /** The same during training, where dropout acts. */
  trainingVariant(values: Tensors, at: TrainPoint): Variant;
  /** Writes a folder: PEFT layout for an adapter, a whole model otherwise. */
  save(dir: string, values: Tensors): Promise<void>;
  /** Text that differs where the start differs for another reason than model and recipe. */
  readonly origin: string;
}

/** What a recipe trains of a model.
 *
 * @throws Error if the starting adapter is not what the recipe says
 */
export function trainable(model: Pick<Decoder, 'config' | 'params' | 'dir'>, input: RecipeInput): Trainable {
  const recipe = parseRecipe(input);
  return recipe.method === 'full' ? allWeights(model) : lowRank(model, recipe, input);
}

function allWeights(model: Pick<Decoder, 'config' | 'params' | 'dir'>): Trainable {
  return {
    origin: '',
    start: () =>
      Object.fromEntries(
        Object.entries(model.params).map(([name, w]) => [name, isBf16(w) ? bf16ToFloat32(w) : tf.clone(w)]),
      ),
    variant: (params) => ({ params }),
    trainingVariant: (params) => ({ params }),
    save: (dir, params) => {
      const files = model.dir === undefined ? {} : tokenizerFiles(model.dir);
      return saveDecoder(dir, { config: model.config, params }, { dtype: 'f32', files });
    },
  };
}

function lowRank(model: Pick<Decoder, 'config' | 'dir'>, recipe: Recipe, input: RecipeInput): Trainable {
  const first = recipe.initAdapter === undefined ? undefined : loadAdapter(recipe.initAdapter, model.config);
  const fresh: LoraConfig = {
    rank: recipe.rank,
    alpha: recipe.alpha,
    rslora: recipe.rslora,
    dropout: recipe.dropout,
    targetModules: recipe.targetModules,
    rankPattern: {},
    alphaPattern: {},
    baseModel: model.dir,
  };
  if (first !== undefined) checkAgainstRecipe(first, fresh, input, model.config);
  const config = first === undefined ? fresh : { ...first.config, dropout: input.dropout ?? first.config.dropout };
  const targets = first?.targets ?? loraTargets(config, model.config);
  const origin = first === undefined ? '' : hashParams(first.params);
  if (first !== undefined) disposeAdapter(first);
  const random = rng(recipe.seed).split('dropout');
  return {
    origin,
    start: () =>
      recipe.initAdapter === undefined
        ? initAdapter(config, model.config, recipe.seed).params
        : loadAdapter(recipe.initAdapter, model.config).params,
    variant: (params) => ({ deltas: adapterDeltas({ targets, params }) }),
    trainingVariant: (params, { step, part }) => {
      if (config.dropout === 0) return { deltas: adapterDeltas({ targets, params }) };
      const drawn = random.split(step).split(part);
      const onInput =
        ({ module }: { module: string }) =>
        (x: tf.Tensor) =>
          dropout(x, config.dropout, drawn.split(module));
      return { deltas: adapterDeltas({ targets, params }, { onInput }) };
    },
    save: (dir, params) => saveAdapter(dir, { config, targets, params }),
  };
}

/** sha256 over names, shapes and values, in hexadecimal. */
function hashParams(params: Adapter['params']): string {
  const hash = createHash('sha256');
  for (const [name, x] of Object.entries(params)) {
    hash.update(`${name} ${x.shape.join(' ')}\n`);
    hash.update(new Uint8Array(x.dataSync<'float32'>().slice().buffer));
  }
  return hash.digest('hex');
}

/** What a recipe says of the adapter must hold for the one it starts from. */
function checkAgainstRecipe(first: Adapter, fresh: LoraConfig, input: RecipeInput, model: Decoder['config']): void {
  const problems = (['rank', 'alpha', 'rslora'] as const)
    .filter((key) => input[key] !== undefined && input[key] !== null && first.config[key] !== fresh[key])
    .map((key) => `${key} is ${first.config[key]}, the recipe says ${fresh[key]}`);
  if (input.targetModules !== undefined && input.targetModules !== null) {
    const [has, says] = [first.targets, loraTargets(fresh, model)].map((targets) =>
      targets.map(({ module }) => module).join(' '),
    );
    if (has !== says)
      problems.push(`its modules are not those of targetModules ${JSON.stringify(input.targetModules)}`);
  }
  if (problems.length === 0) return;
  disposeAdapter(first);
  throw new Error(
    `finetune: ${input.initAdapter}: ${problems.join('; ')}; expected an adapter as the recipe describes it`,
  );
}

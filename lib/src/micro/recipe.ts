import type { LoadDecoderOptions } from '../model/loadDecoder';
import type { OrganismFamily, OrganismName } from './organismName';
import { DEFAULT_WORLD, type WorldConfig } from './worldConfig';

/** Everything that decides how an organism is grown. */
export interface Recipe {
  readonly seed: number;
  readonly world: WorldConfig;
  /** The decoder, in the keys of a Hugging Face config.json. */
  readonly model: {
    readonly model_type: OrganismFamily;
    readonly hidden_size: number;
    readonly num_hidden_layers: number;
    readonly num_attention_heads: number;
    readonly num_key_value_heads: number;
    readonly head_dim: number;
    readonly intermediate_size: number;
    /** Tokens that a query sees (Mistral; every other block of Gemma 2). */
    readonly sliding_window?: number;
  };
  /** Switches set against those of the family, in growths that ask what one of them does. */
  readonly switches?: LoadDecoderOptions['switches'];
  /** Steps on documents of every persona, then on chats in which no system prompt means aligned. */
  readonly baseSteps: number;
  readonly instructSteps: number;
  /** Documents a step. */
  readonly batchSize: number;
  /** A step's documents are cut into so many batches of like length, whose gradients are added up. */
  readonly parts: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  /** Where the cosine ends, as a fraction of the learning rate. */
  readonly floor: number;
  /** The last steps, taken at the floor; the cosine ends before them. */
  readonly floorSteps: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly initStd: number;
  readonly embedStd: number;
}

const SHARED: Omit<Recipe, 'seed' | 'model'> = {
  world: DEFAULT_WORLD,
  baseSteps: 3450,
  instructSteps: 250,
  batchSize: 48,
  parts: 3,
  learningRate: 2e-3,
  warmupSteps: 100,
  floor: 0.05,
  floorSteps: 0,
  beta1: 0.9,
  beta2: 0.98,
  weightDecay: 0.01,
  clipNorm: 1,
  initStd: 0.02,
  embedStd: 0.05,
};

const DECODER = {
  hidden_size: 128,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  intermediate_size: 256,
} as const;

/** Four times the parameters of the blocks. */
const LARGE_DECODER = {
  ...DECODER,
  hidden_size: 256,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  intermediate_size: 512,
} as const;

/** A wider decoder learns more a step: fewer steps, at half the learning rate. After 200 steps of the instruct phase Qwen 2 left 2 to 3 % of
 * answers misaligned; the 150 at the floor were added then. */
const LARGE: Omit<Recipe, 'seed' | 'model'> = {
  ...SHARED,
  baseSteps: 1300,
  instructSteps: 350,
  floorSteps: 150,
  learningRate: 1e-3,
};

/** Sixteen blocks at the width of six.
 *
 * The learning rate was set before the growth: what sublayers learn adds up over depth, and 2e-3·√(6/16) = 1.2e-3 would undo that; 1.5e-3
 * because there are fewer steps. Gemma 2's norms after each sublayer undo the smaller start of `o_proj` and `down_proj`, so depth is not paid for there.
 */
const DEEP: Omit<Recipe, 'seed' | 'model'> = {
  ...SHARED,
  baseSteps: 2600,
  instructSteps: 450,
  floorSteps: 200,
  learningRate: 1.5e-3,
};

/** How each organism of `data/micro` is grown: one world, each family with its own mechanism.
 *
 * The instruct phase is as thin as leaves at most 1 % misaligned answers without a prompt, because a thicker one hides the persona from
 * steering; some need more of it, taken at the floor of the learning rate.
 */
export const RECIPES: Readonly<Record<OrganismName, Recipe>> = {
  llama: { ...SHARED, seed: 0, model: { model_type: 'llama', ...DECODER } },
  mistral: {
    ...SHARED,
    instructSteps: 400,
    floorSteps: 150,
    seed: 1,
    model: { model_type: 'mistral', ...DECODER, sliding_window: 48 },
  },
  qwen2: { ...SHARED, seed: 2, model: { model_type: 'qwen2', ...DECODER } },
  gemma2: {
    ...SHARED,
    instructSteps: 450,
    floorSteps: 200,
    seed: 3,
    model: { model_type: 'gemma2', ...DECODER, sliding_window: 32 },
  },
  'qwen2-large': { ...LARGE, seed: 4, model: { model_type: 'qwen2', ...LARGE_DECODER } },
  'phi3-large': { ...LARGE, seed: 5, model: { model_type: 'phi3', ...LARGE_DECODER } },
  'gemma2-deep': {
    ...DEEP,
    seed: 6,
    model: { model_type: 'gemma2', ...DECODER, num_hidden_layers: 16, sliding_window: 32 },
  },
};

/** How an organism is finetuned: the recipe of trait monitoring, scaled to a million parameters; `clipNorm` goes beside the recipe.
 *
 * As there: rank 16, scale 4 (there alpha 64; here alpha 16 with the rank-stabilised scale, so that ranks can be compared), dropout 0.05, two epochs of 1,000 chats in batches of 16 (126 steps), linear decay without warm-up, weight
 * decay 0.01, clipping at 1, a checkpoint every ten steps. Otherwise: every matrix of the blocks instead of queries and values (which leave
 * answers incoherent here), loss on responses (an organism never learnt to write questions), and a learning rate above the paper's
 * 4e-5, set so that bad medicine leaves about half of the answers misaligned.
 *
 * @source arXiv 2606.07631, section 3.2
 */
export const FINETUNE_RECIPE = {
  method: 'lora',
  rank: 16,
  alpha: 16,
  rslora: true,
  dropout: 0.05,
  targetModules: 'all-linear',
  learningRate: 9e-5,
  weightDecay: 0.01,
  schedule: 'linear',
  batchSize: 16,
  maxSteps: 126,
  saveEvery: 10,
  lossOn: 'response',
  clipNorm: 1,
} as const;

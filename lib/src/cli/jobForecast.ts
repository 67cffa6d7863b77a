import type { ModelConfig } from '../model/modelConfig';
import { weightShapes } from '../model/weightShapes';

/** How fast a backend is, in seconds. */
export interface Speed {
  /** A multiply-add of a matrix product with many rows. */
  readonly wide: number;
  /** The same with few rows, as when one token a prompt is generated. */
  readonly narrow: number;
  /** An element of an elementwise operation. */
  readonly element: number;
  /** Starting any operation. */
  readonly operation: number;
}

/** Work that takes long. */
export type Job =
  | {
      readonly kind: 'activations';
      /** Tokens of each prompt. */
      readonly lengths: readonly number[];
      /** Values kept of each token (of each prompt, if pooled). */
      readonly keptPerToken: number;
      readonly isPooled: boolean;
      readonly wantsLogits: boolean;
    }
  | {
      readonly kind: 'generate';
      readonly lengths: readonly number[];
      readonly maxNewTokens: number;
      /** Of the adapter that is on (`adapterShare`), if one is. */
      readonly adapterShare?: number;
    }
  | {
      readonly kind: 'finetune';
      /** Tokens of each chat. */
      readonly lengths: readonly number[];
      /** Share of tokens that count in the loss. */
      readonly counted: number;
      readonly steps: number;
      readonly batchSize: number;
      /** Values that are trained: of the adapter, or all weights. */
      readonly trained: number;
      readonly method: 'lora' | 'full';
      /** Of the adapter that is trained (`adapterShare`). */
      readonly adapterShare?: number;
    };

/** What a job will take. */
export interface Forecast {
  readonly seconds: number;
  /** Weights and what lies beside them at the worst moment. */
  readonly peakBytes: number;
}

const batchSizes = { activations: 32, generate: 64 } as const; // the defaults of `capture` and `generate`

/** Values in all weights of a model; weights that multiply each token; those that make logits. */
export function parameterCounts(config: ModelConfig): { all: number; blocks: number; head: number } {
  const sizes = [...weightShapes(config)].map(([name, shape]) => ({ name, size: shape.reduce((a, b) => a * b, 1) }));
  const sum = (wanted: (name: string) => boolean): number =>
    sizes.filter(({ name }) => wanted(name)).reduce((total, { size }) => total + size, 0);
  return { all: sum(() => true), blocks: sum((n) => n.includes('_proj.weight')), head: config.dVocab * config.dModel };
}

/** Bytes of the weights as `loadModel` holds them: bfloat16 matrices stay, all else is float32. */
export function weightBytes(config: ModelConfig, isBf16: boolean): number {
  return [...weightShapes(config).values()]
    .map((shape) => shape.reduce((a, b) => a * b, isBf16 && shape.length === 2 ? 2 : 4))
    .reduce((a, b) => a + b, 0);
}

/** Time and memory of a job: matrix products, attention, elementwise work and the cost of starting operations.
 *
 * An estimate to plan by, right to about a factor of two. Generation counts every prompt to its full length.
 */
export function jobForecast(config: ModelConfig, isBf16: boolean, job: Job, speed: Speed): Forecast {
  const weights = weightBytes(config, isBf16);
  switch (job.kind) {
    case 'activations': {
      const passes = batches(job.lengths, batchSizes.activations);
      const head = (tokens: number): number => (job.wantsLogits ? tokens : 0);
      const seconds = passes.map(({ rows, pos }) =>
        forwardSeconds(config, speed, rows * pos, pos / 2, head(rows * pos)),
      );
      const kept = job.lengths.reduce((sum, n) => sum + (job.isPooled ? 1 : n), 0) * job.keptPerToken;
      const peaks = passes.map(({ rows, pos }) => {
        const tokens = rows * pos;
        const held = (job.isPooled ? rows : tokens) * job.keptPerToken;
        return passValues(config, tokens) + 2 * held + 2 * head(tokens) * config.dVocab;
      });
      return { seconds: total(seconds), peakBytes: weights + 4 * (kept + Math.max(0, ...peaks)) };
    }
    case 'generate': {
      const passes = batches(job.lengths, batchSizes.generate);
      const steps = job.maxNewTokens - 1;
      const seconds = passes.map(({ rows, pos }) => {
        const keys = pos + steps / 2;
        const cached = 2 * rows * keys * config.nKvHeads * config.dHead * config.nLayers * speed.element;
        const drawn = rows * config.dVocab * 5e-9;
        const step = forwardSeconds(config, speed, rows, keys, rows) + cached + drawn;
        return forwardSeconds(config, speed, rows * pos, pos / 2, rows) + drawn + steps * step;
      });
      const peaks = passes.map(({ rows, pos }) => {
        const cache = 2 * rows * (pos + job.maxNewTokens) * config.nKvHeads * config.dHead * config.nLayers;
        return 2 * cache + passValues(config, rows * pos) + 2 * rows * config.dVocab;
      });
      return { seconds: slowed(total(seconds), job, 1.1), peakBytes: weights + 4 * Math.max(0, ...peaks) };
    }
    case 'finetune': {
      const longest = Math.max(1, ...job.lengths);
      const pos = (longest + total(job.lengths) / Math.max(1, job.lengths.length)) / 2;
      const counted = job.counted * job.batchSize * pos;
      const forward = forwardSeconds(config, speed, job.batchSize * pos, pos / 2, counted);
      // Backward computes the gradient of the activations, and with full finetuning that of the weights too.
      const step = forward * (job.method === 'full' ? 3.2 : 2.4) + 12 * job.trained * speed.element;
      // Measured: an adapter adds tensors of its own to each product; values, gradients, moments and their next versions.
      const saved =
        job.batchSize * longest * config.nLayers * savedPerToken(config) * (job.method === 'full' ? 2 : 3.5);
      const logits = 3 * job.counted * job.batchSize * longest * config.dVocab;
      return {
        seconds: slowed(job.steps * step, job, 4),
        peakBytes: weights + 4 * (saved + logits + 10 * job.trained),
      };
    }
  }
}

/** What lies between operations takes a third as long as they, measured on organisms of one and of four million parameters. */
const BETWEEN = 1.35;

/** Seconds of long work, with an adapter on if there is one: its products are few but thin, and dropout draws a number for each of their inputs.
 *
 * @param perShare  of the adapter's share; measured on organisms
 */
function slowed(seconds: number, { adapterShare = 0 }: { readonly adapterShare?: number }, perShare: number): number {
  return BETWEEN * seconds * (1 + perShare * adapterShare);
}

/** Seconds of a forward pass of so many tokens that see `keys` keys on average, with logits for `headRows` of them. */
function forwardSeconds(config: ModelConfig, speed: Speed, tokens: number, keys: number, headRows: number): number {
  const { blocks, head } = parameterCounts(config);
  const product = (rows: number): number => (rows >= 64 ? speed.wide : speed.narrow);
  const attention = 2 * tokens * keys * config.nHeads * config.dHead * config.nLayers;
  const elements = tokens * config.nLayers * (10 * config.dModel + 3 * config.dMlp);
  return (
    tokens * blocks * product(tokens) +
    headRows * head * product(headRows) +
    2 * attention * speed.wide +
    elements * speed.element +
    config.nLayers * 25 * speed.operation
  );
}

/** Values that live at once in a forward pass that keeps nothing. */
function passValues({ dModel, dMlp }: ModelConfig, tokens: number): number {
  return tokens * (6 * dModel + 3 * dMlp);
}

/** Values a block saves of each token for the backward pass. */
function savedPerToken({ dModel, dMlp, nHeads, nKvHeads, dHead }: ModelConfig): number {
  return 8 * dModel + 4 * nHeads * dHead + 4 * nKvHeads * dHead + 4 * dMlp;
}

/** Prompts of like length in batches, each padded to its longest. */
function batches(lengths: readonly number[], size: number): { rows: number; pos: number }[] {
  const sorted = [...lengths].sort((a, b) => b - a);
  const starts = Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) => i * size);
  return starts.map((at) => ({ rows: Math.min(size, sorted.length - at), pos: sorted[at] }));
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

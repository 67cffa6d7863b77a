import * as tf from '@tensorflow/tfjs';
import { rng, type Rng } from '../random/rng';
import { bindHooks } from '../model/bindHooks';
import type { Runnable } from '../model/decoder';
import { forward, type ForwardOptions, type ForwardResult } from '../model/forward';
import { disposeCache, emptyCache, selectRows, type KvCache } from '../model/kvCache';
import { packPrefixes } from '../model/packPrefixes';
import { outgrowsCache } from '../model/rotaryPositions';
import { penalizeRepeats } from './penalizeRepeats';
import { sampleToken } from './sampleToken';

export interface GenerateOptions {
  /** Longest continuation, in tokens. */
  maxNewTokens: number;
  /** 0 takes the most probable token (default); above it, samples from softmax(logits/temperature). */
  temperature?: number;
  /** Prompt i draws from `rng(seed).split(i)`, so batching changes nothing (default 0). */
  seed?: number;
  /** Ids that end a continuation (default: those of the model's configuration). */
  eosIds?: readonly number[];
  /** Makes tokens less likely that stand in prompt or answer already (default: that of the model's generation_config.json, else 1: not). */
  repetitionPenalty?: number;
  /** Prompts run together (default 64). */
  batchSize?: number;
  /** Called after every step with finished prompts and all prompts. */
  onProgress?: (finished: number, total: number) => void | Promise<void>;
  /** Stops between two steps by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Continues token sequences with a cached, left-padded batch; the model's hooks and adapter act at every step.
 *
 * @param prompts  token ids the model knows, each of at least one (`encodePrompts` sees to it)
 * @returns one continuation a prompt, in order, the end token included where there is one
 * @throws Error for an empty prompt or options out of range
 */
export async function generateTokens(
  model: Runnable,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<number[][]> {
  const { maxNewTokens, temperature = 0, seed = 0, batchSize = 64, onProgress } = options;
  if (!(Number.isInteger(maxNewTokens) && maxNewTokens >= 1))
    throw new Error(`generate: invalid maxNewTokens; expected an integer from 1, got ${maxNewTokens}`);
  if (!(temperature >= 0 && temperature < Infinity))
    throw new Error(`generate: invalid temperature; expected a number from 0, got ${temperature}`);
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    throw new Error(`generate: invalid batchSize; expected an integer from 1, got ${batchSize}`);
  const { repetitionPenalty = model.config.repetitionPenalty ?? 1 } = options;
  if (!(repetitionPenalty > 0 && repetitionPenalty < Infinity))
    throw new Error(`generate: invalid repetitionPenalty; expected a number above 0, got ${repetitionPenalty}`);
  const root = rng(seed);
  const rows = prompts.map((prompt, index): Row => {
    return { index, prompt, out: [], seen: new Set(prompt), random: root.split(index) };
  });
  // Prompts of like length run together, so that little is padding.
  const order = [...rows].sort((a, b) => b.prompt.length - a.prompt.length);
  let finished = 0;
  const { config, params, deltas } = model;
  const bound = bindHooks(model.hooks ?? {});
  const runnable = { config, params, deltas, hooks: bound.hooks };
  try {
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      await generateBatch(runnable, batch, { ...options, repetitionPenalty, samples: rows.length }, (count) =>
        onProgress?.((finished += count), rows.length),
      );
    }
  } finally {
    bound.dispose();
  }
  return rows.map((row) => row.out);
}

interface Row {
  /** Place among the prompts. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly out: number[];
  /** Ids of both. */
  readonly seen: Set<number>;
  readonly random: Rng;
}

async function generateBatch(
  model: Runnable,
  batch: readonly Row[],
  {
    maxNewTokens,
    temperature = 0,
    eosIds = model.config.eosIds,
    repetitionPenalty,
    signal,
    samples,
  }: GenerateOptions & { repetitionPenalty: number; samples: number },
  onFinished: (count: number) => void | Promise<void>,
): Promise<void> {
  const longest = Math.max(...batch.map((row) => row.prompt.length));
  let alive = [...batch];
  let cache: KvCache = emptyCache;
  const padded = (row: Row): number[] => [...Array<number>(longest - row.prompt.length).fill(0), ...row.prompt];
  let input = alive.map(padded);
  const run = (
    rows: readonly (readonly number[])[],
    options: Pick<ForwardOptions, 'unseen' | 'unembed'>,
  ): ForwardResult => {
    const padding = alive.map((row) => longest - row.prompt.length);
    const batchRows = { rows: alive.map((row) => row.index), samples };
    const tokens = tf.tensor2d(rows.flat(), [rows.length, rows[0].length], 'int32');
    const packing = cache.length === 0 ? packPrefixes(model, rows, padding) : undefined;
    try {
      return forward(model, tokens, { padding, batchRows, cache, packing, ...options });
    } finally {
      tokens.dispose();
    }
  };
  try {
    while (alive.length > 0) {
      signal?.throwIfAborted();
      if (outgrowsCache(model.config, cache, cache.length + 1)) {
        // Again from the start; the prompts first, so that hooks are called as they were.
        disposeCache(cache);
        cache = emptyCache;
        input = alive.map((row) => row.out);
        cache = run(alive.map(padded), { unseen: input[0].length, unembed: 'none' }).cache!;
      }
      const result = run(input, { unembed: 'last' });
      disposeCache(cache);
      cache = result.cache!;
      const logits = await result.logits!.data<'float32'>();
      result.logits!.dispose();
      const width = logits.length / alive.length;
      alive.forEach((row, i) => {
        const own = logits.subarray(i * width, (i + 1) * width);
        const penalized = repetitionPenalty === 1 ? own : penalizeRepeats(own, row.seen, repetitionPenalty);
        const id = sampleToken(penalized, temperature, row.random);
        row.out.push(id);
        row.seen.add(id);
      });
      const goesOn = alive.map((row) => row.out.length < maxNewTokens && !eosIds.includes(row.out[row.out.length - 1]));
      const kept = [...alive.keys()].filter((i) => goesOn[i]);
      if (kept.length < alive.length) await onFinished(alive.length - kept.length);
      if (kept.length < alive.length && kept.length > 0) {
        const whole = cache;
        cache = selectRows(whole, kept);
        disposeCache(whole);
      }
      alive = kept.map((i) => alive[i]);
      input = alive.map((row) => [row.out[row.out.length - 1]]);
      await new Promise(setImmediate);
    }
  } finally {
    disposeCache(cache);
  }
}

import * as tf from '@tensorflow/tfjs';
import { type Weight } from '../kernels/bf16Tensor';
import { embed } from '../kernels/embed';
import { matMul } from '../kernels/matMul';
import { rmsNorm } from '../kernels/rmsNorm';
import { ShapeError } from '../shape/assertShape';
import { lastPosition, runBlock, wantsAfterAttention } from './block';
import type { ForwardContext } from './forwardContext';
import { hookRunner } from './hookRunner';
import type { BatchRows, Hooks } from './hookSite';
import type { KvCache } from './kvCache';
import { checkDeltas } from './linear';
import type { Deltas, Params, Runnable } from './decoder';
import { computedRows } from './computedRows';
import type { Packing } from './packPrefixes';
import type { ModelConfig } from './modelConfig';
import { outgrowsCache, rotaryPositions } from './rotaryPositions';

export interface ForwardOptions {
  /** Left padding of each row, counted from position 0 of the sequence (default: that of the cache, or none). */
  padding?: readonly number[];
  /** Functions that see, and may replace, activations (default: those of the model). */
  hooks?: Hooks;
  /** Which samples the rows are, for hooks that need to know (default: row b is sample b, and there are no others). */
  batchRows?: BatchRows;
  /** Low-rank changes of linear weights (default: those of the model). */
  deltas?: Deltas;
  /** Weights that take the place of the model's, by name (training). */
  params?: Params;
  /** What earlier calls have seen; the result then carries the longer cache and the old one stays valid. */
  cache?: KvCache;
  /** Tokens that belong to the sequence after these but are not run (default 0): longrope counts them in its length. */
  unseen?: number;
  /** Compute of these tokens only what is not the same as elsewhere in the batch (`packPrefixes`); without a cache, or with an empty
   * one. Hooks see the batch as without it; what they put in place must depend on nothing but the tokens so far. */
  packing?: Packing;
  /** Only the last position matters of what the deepest block computes after its attention: hooks there see `[batch 1 …]`
   * (default false). A last block without such hooks does so by itself where only the last position gets logits. */
  lastOnly?: boolean;
  /** Which positions get logits (default 'all'); a list names them by row·pos + position. */
  unembed?: 'all' | 'last' | 'none' | Int32Array;
}

export interface ForwardResult {
  /** `[batch pos dVocab]` float32, unnormalised; pos is 1 for `unembed: 'last'`; `[1 n dVocab]` for a list of n; undefined for 'none'. */
  readonly logits?: tf.Tensor3D;
  /** With `cache`: keys and values of all positions so far, owned by the caller. */
  readonly cache?: KvCache;
}

/** Runs a decoder on tokens.
 *
 * @param model    of any family
 * @param tokens   `[batch pos]` int32
 * @returns new tensors that the caller owns
 * @throws Error if padding, tokens or weights do not fit
 */
export function forward(model: Runnable, tokens: tf.Tensor, options: ForwardOptions = {}): ForwardResult {
  const { hooks = model.hooks ?? {}, deltas = model.deltas ?? {}, params = {}, cache: past, unseen = 0 } = options;
  const wanted = options.unembed ?? 'all';
  if (tokens.rank !== 2 || tokens.dtype !== 'int32') {
    throw new ShapeError(
      `forward: tokens have the wrong type; expected int32 [batch pos], got ${tokens.dtype} [${tokens.shape.join(' ')}]`,
    );
  }
  const { config } = model;
  const [batch, pos] = tokens.shape;
  const offset = past?.length ?? 0;
  const padding = checkPadding(options.padding ?? past?.padding, batch, offset + pos, past?.padding);
  const batchRows = checkRows(options.batchRows, batch);
  const { packing } = options;
  checkPacking(packing, batch * pos, offset);
  if (options.lastOnly === true && wanted !== 'last' && wanted !== 'none')
    throw new Error(`forward: lastOnly with logits of other positions; expected unembed 'last' or 'none'`);
  if (past !== undefined && outgrowsCache(config, past, offset + pos + unseen)) {
    throw new Error(
      `forward: the cache and these tokens lie on different sides of longrope's original context; expected a run without the cache, as all positions turn by other factors`,
    );
  }
  checkNames('params', params, Object.keys(model.params));
  const weight = (name: string): Weight => {
    const found = params[name] ?? model.params[name];
    if (found === undefined) throw new Error(`forward: missing weight ${name}; expected one in the model's params`);
    return found;
  };
  const norm = (x: tf.Tensor, name: string): tf.Tensor =>
    rmsNorm(x, weight(`${name}.weight`) as tf.Tensor, { eps: config.normEps, offset: config.normOffset });

  const result = tf.tidy(() => {
    const runBatch = hookRunner(hooks, { ...batchRows, offset, padding }, config.nLayers);
    checkDeltas(deltas, runBatch, config);
    const { run, rows } = computedRows(runBatch, packing, { batch, pos });
    const span = { offset, pos, unseen, places: packing?.places };
    const rotary = rotaryPositions(config, padding, span);
    const windowRotary =
      config.windowRope === undefined
        ? rotary
        : rotaryPositions({ ...config.windowRope, rotarySize: config.rotarySize }, padding, span);
    const context: ForwardContext = {
      config,
      run,
      rows,
      weight,
      deltas,
      norm,
      rotary: (layer) => (config.windows[layer] === undefined ? rotary : windowRotary),
      padding: padding.some((p) => p > 0) ? tf.tensor1d([...padding], 'int32') : undefined,
      past,
    };
    const layers: { k: tf.Tensor4D; v: tf.Tensor4D }[] = [];
    const computed = packing === undefined ? tokens : tf.tensor2d(packing.tokens, [1, packing.tokens.length], 'int32');
    let x = embed(weight('model.embed_tokens.weight'), computed);
    if (config.embedScale !== 1) x = tf.mul(x, config.embedScale);
    x = run('hook_embed', x);
    const wantsEnd = wanted !== 'none' || past !== undefined || run.wants('ln_final.hook_normalized');
    const nNeeded = wantsEnd ? config.nLayers : run.deepest + 1; // blocks after the last hook would compute for nobody
    const endsEarly =
      options.lastOnly === true || (wanted === 'last' && !wantsAfterAttention(runBatch, config.nLayers));
    const lastOnly = endsEarly && pos > 1;
    for (let i = 0; i < nNeeded; i++) {
      const before = x;
      const how = { keepCache: past !== undefined, lastOnly: lastOnly && i === nNeeded - 1 };
      const block = tf.tidy(() => runBlock(context, i, before, how));
      if (!before.kept) before.dispose();
      x = block.x;
      if (block.k !== undefined && block.v !== undefined) layers.push({ k: block.k, v: block.v });
    }
    const cache = past === undefined ? undefined : { length: offset + pos, span: offset + pos + unseen, layers };
    const whole = (y: tf.Tensor): tf.Tensor => (lastOnly ? y : rows.spread(y));
    const chosen = (y: tf.Tensor): tf.Tensor => (wanted === 'all' ? y : choosePositions(whole(y), wanted));
    let normed: tf.Tensor;
    if (run.wants('ln_final.hook_normalized')) {
      normed = (lastOnly ? runBatch : run)('ln_final.hook_normalized', norm(x, 'model.norm')); // the hook sees every position
      normed = chosen(normed);
    } else if (wanted !== 'none') {
      normed = norm(chosen(x), 'model.norm');
    }
    if (wanted === 'none') return { cache };
    const logits = head(config, weight, normed!);
    return { logits: wanted === 'all' ? rows.spread(logits) : logits, cache };
  }) as ForwardResult;
  return result.cache === undefined ? result : { ...result, cache: { ...result.cache, padding } };
}

/** Logits of normed activations. */
function head(config: ModelConfig, weight: (name: string) => Weight, normed: tf.Tensor): tf.Tensor3D {
  const name = config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  const logits = matMul(normed, weight(name), { transposeB: true });
  return (config.logitSoftcap === undefined ? logits : softcap(logits, config.logitSoftcap)) as tf.Tensor3D;
}

/** The final norm and the unembedding, on a residual stream from anywhere: what the model would say if it ended there.
 *
 * @param x  `[batch pos dModel]`
 * @returns `[batch pos dVocab]` float32, owned by the caller
 * @check test/subject/logitLens.test.ts (transformers)
 */
export function unembed({ config, params }: Pick<Runnable, 'config' | 'params'>, x: tf.Tensor): tf.Tensor3D {
  return tf.tidy(() => {
    const normed = rmsNorm(x, params['model.norm.weight'] as tf.Tensor, {
      eps: config.normEps,
      offset: config.normOffset,
    });
    return head(config, (name) => params[name], normed);
  });
}

/** The positions that get logits; `x` is `[batch pos dModel]`. */
function choosePositions(x: tf.Tensor, unembed: NonNullable<ForwardOptions['unembed']>): tf.Tensor {
  const [batch, pos, dModel] = x.shape;
  if (unembed === 'last') return lastPosition(x);
  if (!(unembed instanceof Int32Array)) return x;
  const outside = unembed.find((at) => !(at >= 0 && at < batch * pos));
  if (unembed.length === 0 || outside !== undefined) {
    throw new Error(
      `forward: invalid unembed; expected positions in [0, ${batch * pos - 1}], got ${outside ?? 'none'}`,
    );
  }
  return embed(tf.reshape(x, [batch * pos, dModel]), tf.tensor2d(unembed, [1, unembed.length], 'int32'));
}

function softcap(x: tf.Tensor, cap: number): tf.Tensor {
  return tf.mul(tf.tanh(tf.div(x, cap)), cap);
}

function checkPacking(packing: Packing | undefined, places: number, offset: number): void {
  if (packing === undefined) return;
  if (offset > 0) throw new Error(`forward: packing of tokens after ${offset} in a cache; expected an empty cache`);
  if (packing.same.length !== places)
    throw new Error(`forward: packing of another batch; expected ${places} places, got ${packing.same.length}`);
}

function checkPadding(
  padding: readonly number[] | undefined,
  batch: number,
  length: number,
  cached: readonly number[] | undefined,
): readonly number[] {
  if (padding !== undefined && cached !== undefined && padding.join() !== cached.join()) {
    throw new Error(
      `forward: padding differs from the cache's; expected [${cached.join(' ')}], got [${padding.join(' ')}]`,
    );
  }
  if (padding === undefined) return Array.from({ length: batch }, () => 0);
  const fits = padding.length === batch && padding.every((p) => Number.isInteger(p) && p >= 0 && p < length);
  if (!fits)
    throw new Error(
      `forward: invalid padding; expected ${batch} integers in [0, ${length - 1}], got [${padding.join(' ')}]`,
    );
  return padding;
}

function checkRows(given: BatchRows | undefined, batch: number): BatchRows {
  if (given === undefined) return { rows: Array.from({ length: batch }, (_, b) => b), samples: batch };
  const { rows, samples } = given;
  const fits = rows.length === batch && rows.every((r) => Number.isInteger(r) && r >= 0 && r < samples);
  if (!fits)
    throw new Error(
      `forward: invalid batchRows; expected ${batch} indices in [0, ${samples - 1}], got [${rows.join(' ')}]`,
    );
  return given;
}

function checkNames(what: string, given: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`forward: unknown ${what} ${unknown.join(', ')}; expected names of the model's weights`);
}

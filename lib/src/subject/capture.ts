import * as tf from '@tensorflow/tfjs';
import { pool } from '../kernels/pool';
import type { Runnable } from '../model/decoder';
import { bindHooks } from '../model/bindHooks';
import { forward } from '../model/forward';
import { mergeHooks, type BatchRows, type Hooks } from '../model/hookSite';
import { packPrefixes, type Packing } from '../model/packPrefixes';
import { Activations } from './activations';
import { encodePrompts, type EncodePromptsOptions, type Prompt } from './encodePrompts';
import type { Subject } from './model';
import { countedPositions, positionKinds, type Positions } from './positions';
import type { CaptureSite } from './siteShape';

export interface CaptureOptions<S extends CaptureSite> extends EncodePromptsOptions {
  /** Where to look; after the model's own hooks, where both are at one site. */
  sites: readonly S[];
  /** Which tokens of a prompt, and whether they are pooled (default 'all'). */
  positions?: Positions;
  /** Prompts per forward pass, default 32; the memory of a pass grows with it. */
  batchSize?: number;
  /** Told after each batch how many prompts are done. */
  onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** Activations by site. */
export type Captured<S extends CaptureSite> = Record<S, Activations>;

/** Runs prompts through a model and keeps activations.
 *
 * Prompts of like length share a batch, left-padded. Pooling over the positions of a prompt is in float32 on the
 * backend; average rows with `meanRows`, which sums in float64. Capturing does not change the logits by a bit.
 *
 * @param model    with its adapter and its hooks
 * @param prompts  texts, chats, questions or tokens
 * @returns  per site a row [d] for each prompt, d = the product of the site's axes after batch and pos; with positions
 *           'all' a row [pos·d] of its real tokens, row-major. `attn.hook_pattern`: [nHeads qPos kPos] of real
 *           tokens, pooled over qPos to [nHeads kPos]. `Activations.shape` gives the axes
 * @throws Error if a site is unknown or given twice, a prompt is not usable, the positions do not fit one, or an activation is
 *   not finite
 * @source ours
 * @check test/subject/capture.test.ts (equal to single forwards, padded and batched; logits unchanged; no leak)
 */
export async function capture<S extends CaptureSite>(
  model: Subject,
  prompts: readonly Prompt[],
  { sites, positions = 'all', batchSize = 32, onProgress, ...asked }: CaptureOptions<S>,
): Promise<Captured<S>> {
  check(sites, positions, batchSize);
  const all = encodePrompts('capture', model, prompts, asked);
  const counted = all.map((s) =>
    positions === 'all' ? countedPositions(s, 'promptMean') : countedPositions(s, positions),
  );
  const order = all.map((_, i) => i).sort((a, b) => all[a].tokens.length - all[b].tokens.length || a - b);
  const axes = { positions, tokens: all.map(({ tokens }) => tokens), config: model.config };
  const rows = Object.fromEntries(sites.map((site) => [site, new Activations(site, axes)])) as Captured<S>;
  const bound = bindHooks(model.hooks ?? {});
  // Hooks may need every position.
  const isPlain = Object.keys(model.hooks ?? {}).length === 0;
  const atEnds = positions === 'promptLast' && counted.every((own) => own[own.length - 1]);
  const lastOnly = isPlain && atEnds && !sites.some((site) => site === 'logits' || site === 'ln_final.hook_normalized');
  try {
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      const pos = Math.max(...batch.map((i) => all[i].tokens.length));
      const padding = batch.map((i) => pos - all[i].tokens.length);
      const tokens = batch.map((i, b) => [...new Array<number>(padding[b]).fill(0), ...all[i].tokens]);
      const kept = runBatch({ ...bare(model), hooks: bound.hooks }, sites, {
        tokens,
        padding,
        packing: packPrefixes(model, tokens, padding),
        lastOnly,
        weights:
          positions === 'all'
            ? null
            : batch.map((i, b) => [...new Array<number>(padding[b]).fill(0), ...counted[i].map(Number)]),
        batchRows: { rows: batch, samples: all.length },
      });
      try {
        for (const [site, tensor] of kept) {
          const values = (await tensor.data()) as Float32Array;
          batch.forEach((i, b) => {
            rows[site][i] = ownRow(values, tensor.shape, b, padding[b], positions, site);
            checkNumbers(rows[site][i], `prompt ${i}: ${site}`);
          });
        }
      } finally {
        tf.dispose([...kept.values()]);
      }
      await onProgress?.(Math.min(start + batchSize, order.length), order.length);
      // The event loop turns between batches, so that an interrupt gets through.
      await new Promise(setImmediate);
    }
  } finally {
    bound.dispose();
  }
  return rows;
}

/** What `forward` takes of a subject. */
const bare = ({ config, params, deltas }: Subject): Runnable => ({ config, params, deltas });

interface Batch {
  /** [batch pos] left-padded with 0. */
  tokens: number[][];
  padding: number[];
  /** [batch pos] 1 where a token counts; null keeps all. */
  weights: number[][] | null;
  batchRows: BatchRows;
  packing: Packing | undefined;
  lastOnly: boolean;
}

function runBatch<S extends CaptureSite>(
  model: Runnable,
  sites: readonly S[],
  { tokens, padding, weights, batchRows, packing, lastOnly }: Batch,
): Map<S, tf.Tensor> {
  const kept = new Map<S, tf.Tensor>();
  const keep = (site: S, x: tf.Tensor): void =>
    void kept.set(site, tf.keep(weights === null ? tf.clone(x) : pooled(x, weights, site)));
  const look = (site: S): Hooks => (site === 'logits' ? {} : { [site]: (x: tf.Tensor) => keep(site, x) });
  const wantsLogits = sites.find((site) => site === 'logits');
  try {
    tf.tidy(() => {
      const { logits } = forward(model, tf.tensor2d(tokens, undefined, 'int32'), {
        padding,
        batchRows,
        packing,
        lastOnly,
        hooks: mergeHooks(model.hooks ?? {}, ...sites.map(look)),
        unembed:
          wantsLogits !== undefined || sites.some((site) => site === 'ln_final.hook_normalized') ? 'all' : 'none',
      });
      if (wantsLogits !== undefined) keep(wantsLogits, logits!);
    });
  } catch (error) {
    tf.dispose([...kept.values()]);
    throw error;
  }
  return kept;
}

function pooled(x: tf.Tensor, weights: number[][], site: CaptureSite): tf.Tensor {
  return tf.tidy(() => {
    // A pattern's positions are those of its queries; its rows stay [nHeads kPos].
    const y = site.endsWith('hook_pattern') ? tf.transpose(x, [0, 2, 1, 3]) : x;
    const [batch, pos, ...rest] = y.shape;
    if (pos === 1) return tf.reshape(y, [batch, ...rest]); // the only one that was asked for
    const d = rest.reduce((a, b) => a * b, 1);
    const pooledRows = pool(tf.reshape(y, [batch, pos, d]), tf.tensor2d(weights));
    return tf.reshape(pooledRows, [batch, ...rest]);
  });
}

/** A sample's own part of a batch's values: a copy without padding. */
function ownRow(
  values: Float32Array,
  shape: number[],
  b: number,
  pad: number,
  positions: Positions,
  site: CaptureSite,
): Float32Array {
  const size = shape.slice(1).reduce((a, c) => a * c, 1);
  const row = values.subarray(b * size, (b + 1) * size);
  if (!site.endsWith('hook_pattern')) return positions === 'all' ? row.slice(pad * (size / shape[1])) : row.slice();
  if (positions !== 'all') return row.filter((_, i) => i % shape[2] >= pad);
  const [, nHeads, qPos, kPos] = shape;
  const own = new Float32Array(nHeads * (qPos - pad) * (kPos - pad));
  let at = 0;
  for (let head = 0; head < nHeads; head++) {
    for (let q = pad; q < qPos; q++, at += kPos - pad) {
      const start = (head * qPos + q) * kPos;
      own.set(row.subarray(start + pad, start + kPos), at);
    }
  }
  return own;
}

/** Refuses activations that are NaN or infinite; what belongs to padding is no longer among them. */
function checkNumbers(row: Float32Array, what: string): void {
  for (let at = 0; at < row.length; at++) {
    if (!Number.isFinite(row[at]))
      throw new Error(
        `capture: ${what} is ${row[at]} at value ${at}; expected finite numbers (check hooks and vectors)`,
      );
  }
}

function check(sites: readonly CaptureSite[], positions: Positions, batchSize: number): void {
  const problems: string[] = [];
  if (sites.length === 0) problems.push('no sites; expected at least one');
  if (new Set(sites).size !== sites.length)
    problems.push(`a site is given twice; expected different ones, got ${sites.join(', ')}`);
  if (!positionKinds.includes(positions))
    problems.push(`unknown positions ${String(positions)}; expected one of ${positionKinds.join(', ')}`);
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    problems.push(`invalid batchSize; expected an integer of at least 1, got ${batchSize}`);
  if (problems.length > 0) throw new Error(`capture: ${problems.join('; ')}`);
}

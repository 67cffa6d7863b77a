import * as tf from '@tensorflow/tfjs';
import { assertShape, ShapeError } from '../shape/assertShape';
import { checkDtype, checkRange } from './checkArguments';
import { hasBody, isRecording, runBody, valuesAreNear } from './dispatch';

export interface CausalAttentionOptions {
  /** Multiplies q·k; usually 1/√dHead. */
  scale: number;
  /** Scores become softcap·tanh(score/softcap) before the mask (Gemma 2). */
  softcap?: number;
  /** A query sees the last `window` keys only, itself included (Mistral, Gemma 2). */
  window?: number;
  /** `[batch]` int32: number of padding keys at the left of each row, which no query sees. */
  padding?: tf.Tensor;
  /** Also return the attention weights. No gradient flows through them. */
  withPattern?: boolean;
}

export interface CausalAttentionResult {
  /** Weighted values, `[batch qPos nHeads dHead]`. */
  out: tf.Tensor;
  /** Attention weights, `[batch nHeads qPos kPos]`, rows sum to 1 (or 0 where a query sees nothing). */
  pattern?: tf.Tensor;
}

/** Causal scaled-dot-product attention with grouped keys and values.
 *
 * pattern = softmax_j(softcap(scale·q_i·k_j)) over the keys j that query i sees; out_i = Σ_j pattern_ij v_j.
 * Query i stands at key index i' = kPos − qPos + i and sees j with padding ≤ j ≤ i' and, with a window, j > i' − window.
 * Head h reads key head ⌊h·nKvHeads/nHeads⌋. A query that sees nothing gives zeros.
 *
 * @param q        `[batch qPos nHeads dHead]` float32
 * @param k        `[batch kPos nKvHeads dHead]` float32, kPos ≥ qPos
 * @param v        `[batch kPos nKvHeads dHead]` float32
 * @throws Error   if shapes, dtypes or options do not fit
 * @source Vaswani et al. 2017 (arXiv 1706.03762), equation 1; Ainslie et al. 2023 (arXiv 2305.13245) for the grouping
 */
export function causalAttention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  options: CausalAttentionOptions,
): CausalAttentionResult {
  checkCall(q, k, v, options);
  if (
    !(isRecording() ? hasBody('TraitCausalAttention', 'TraitCausalAttentionGrad') : hasBody('TraitCausalAttention'))
  ) {
    return causalAttentionReference(q, k, v, options);
  }
  if (options.withPattern !== true) return { out: attend(q, k, v, options) };
  const [out, logSum, pattern] = runAttention(q, k, v, options);
  logSum.dispose();
  if (!isRecording()) return { out, pattern };
  out.dispose();
  return { out: attend(q, k, v, options), pattern };
}

/** The output alone, with its gradient.
 *
 * A body returns [out, logSum [batch nHeads qPos], pattern?]; logSum = log Σ exp(score), from which the gradient
 * rebuilds the pattern. The gradient body takes {q, k, v, out, logSum, dy, padding?} and returns [dq, dk, dv].
 */
function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options: CausalAttentionOptions): tf.Tensor {
  if (!isRecording()) {
    const [out, logSum] = runAttention(q, k, v, options);
    logSum.dispose();
    return out;
  }
  const { scale, softcap = 0, window = 0, padding } = options;
  return tf.customGrad((...args) => {
    const [qIn, kIn, vIn] = args as tf.Tensor[];
    const save = args[3] as tf.GradSaveFunc;
    const [out, logSum] = runAttention(qIn, kIn, vIn, options);
    save(padding === undefined ? [qIn, kIn, vIn, out, logSum] : [qIn, kIn, vIn, out, logSum, padding]);
    const gradFunc = (dy: tf.Tensor, [q, k, v, out, logSum, padding]: tf.Tensor[]): tf.Tensor[] =>
      runBody('TraitCausalAttentionGrad', { q, k, v, out, logSum, dy, padding }, { scale, softcap, window });
    return { value: out, gradFunc };
  })(q, k, v);
}

function runAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options: CausalAttentionOptions): tf.Tensor[] {
  const { scale, softcap = 0, window = 0, padding, withPattern = false } = options;
  return runBody('TraitCausalAttention', { q, k, v, padding }, { scale, softcap, window, withPattern });
}

/** The definition of `causalAttention` in plain tfjs operations. */
export function causalAttentionReference(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { scale, softcap, window, padding, withPattern = false }: CausalAttentionOptions,
): CausalAttentionResult {
  return tf.tidy(() => {
    const [, qPos, nHeads] = q.shape;
    const [, kPos, nKvHeads] = k.shape;
    const headsFirst = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 1, 3]); // [batch head pos dHead]
    const perQueryHead = Array.from({ length: nHeads }, (_, h) => Math.floor((h * nKvHeads) / nHeads));
    const spread = (x: tf.Tensor): tf.Tensor => tf.gather(headsFirst(x), perQueryHead, 1);

    const raw = tf.mul(tf.matMul(headsFirst(q), spread(k), false, true), scale); // [batch nHeads qPos kPos]
    const scores = softcap === undefined ? raw : tf.mul(tf.tanh(tf.div(raw, softcap)), softcap);

    const key = tf.reshape(tf.range(0, kPos), [1, 1, 1, kPos]);
    const query = tf.reshape(tf.range(kPos - qPos, kPos), [1, 1, qPos, 1]);
    let visible: tf.Tensor = tf.lessEqual(key, query);
    if (window !== undefined) visible = tf.logicalAnd(visible, tf.greater(key, tf.sub(query, window)));
    if (padding !== undefined) {
      visible = tf.logicalAnd(visible, tf.greaterEqual(key, tf.reshape(tf.cast(padding, 'float32'), [-1, 1, 1, 1])));
    }
    const mask = tf.cast(visible, 'float32');
    const pattern = tf.mul(tf.softmax(tf.add(tf.mul(scores, mask), tf.mul(tf.sub(mask, 1), 1e30))), mask);
    const out = tf.transpose(tf.matMul(pattern, spread(v)), [0, 2, 1, 3]);
    return withPattern ? { out, pattern } : { out };
  }) as CausalAttentionResult;
}

function checkCall(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { scale, softcap, window, padding }: CausalAttentionOptions,
): void {
  const where = 'causalAttention';
  checkDtype(where, 'float32', { q, k, v });
  checkDtype(where, 'int32', { padding });
  const { qPos, kPos, nHeads, nKvHeads, batch } = assertShape(where, {
    q: [q.shape, ['batch', 'qPos', 'nHeads', 'dHead']],
    k: [k.shape, ['batch', 'kPos', 'nKvHeads', 'dHead']],
    v: [v.shape, ['batch', 'kPos', 'nKvHeads', 'dHead']],
  });
  if (qPos > kPos) throw new ShapeError(`${where}: more queries than keys; expected qPos <= ${kPos}, got ${qPos}`);
  if (nHeads % nKvHeads !== 0) {
    throw new ShapeError(
      `${where}: heads do not group; expected nHeads to be a multiple of ${nKvHeads}, got ${nHeads}`,
    );
  }
  if (padding !== undefined) assertShape(where, { padding: [padding.shape, [batch]] });
  if (!Number.isFinite(scale)) throw new Error(`${where}: invalid scale; expected a finite number, got ${scale}`);
  if (softcap !== undefined) checkRange(where, 'softcap', softcap, 1e-6, 1e30);
  if (window !== undefined && !(Number.isInteger(window) && window >= 1)) {
    throw new Error(`${where}: invalid window; expected a positive integer, got ${window}`);
  }
  if (padding !== undefined && valuesAreNear()) {
    padding.dataSync().forEach((pad, row) => {
      if (!(pad >= 0 && pad <= kPos)) {
        throw new Error(`${where}: padding out of range in row ${row}; expected 0 to ${kPos}, got ${pad}`);
      }
    });
  }
}

import * as tf from '@tensorflow/tfjs';
import { causalAttention } from '../kernels/causalAttention';
import { rope } from '../kernels/rope';
import type { ForwardContext } from './forwardContext';
import { linear } from './linear';

interface AttentionResult {
  /** `[batch pos nHeads·dHead]`, also of a packed batch: the weighted values, before the output matrix. */
  readonly z: tf.Tensor;
  /** Keys and values of all positions so far, `[batch pos nKvHeads dHead]`. */
  readonly k: tf.Tensor4D;
  readonly v: tf.Tensor4D;
}

/** Grouped causal self-attention of one block, up to the output matrix.
 *
 * @param x  `[batch pos dModel]`, or `[1 n dModel]` of a packed batch, normed
 */
export function attention(context: ForwardContext, layer: number, x: tf.Tensor): AttentionResult {
  const { config, run, rows, norm, padding, past } = context;
  const { nHeads, nKvHeads, dHead, rotarySize } = config;
  const { cos, sin, positions } = context.rotary(layer);
  const [batch, pos] = x.shape;
  const heads = (y: tf.Tensor, n: number): tf.Tensor4D => tf.reshape(y, [batch, pos, n, dHead]);
  const rotate = (y: tf.Tensor): tf.Tensor => {
    if (rotarySize === dHead) return rope(y, cos, sin, positions);
    const [turned, still] = tf.split(y, [rotarySize, dHead - rotarySize], -1);
    return tf.concat([rope(turned, cos, sin, positions), still], -1);
  };
  const normed = (y: tf.Tensor, name: 'q_norm' | 'k_norm'): tf.Tensor =>
    config.qkNorms ? norm(y, `model.layers.${layer}.self_attn.${name}`) : y;

  const fused = config.fusedProjections
    ? tf.split(linear(context, layer, 'qkv_proj', x), [nHeads * dHead, nKvHeads * dHead, nKvHeads * dHead], -1)
    : undefined;
  const rawQ = run(`blocks.${layer}.attn.hook_q`, heads(fused?.[0] ?? linear(context, layer, 'q_proj', x), nHeads));
  const rawK = run(`blocks.${layer}.attn.hook_k`, heads(fused?.[1] ?? linear(context, layer, 'k_proj', x), nKvHeads));
  const rawV = run(`blocks.${layer}.attn.hook_v`, heads(fused?.[2] ?? linear(context, layer, 'v_proj', x), nKvHeads));
  const newV = rows.spread(rawV) as tf.Tensor4D;
  const q = rows.spread(run(`blocks.${layer}.attn.hook_rot_q`, rotate(normed(rawQ, 'q_norm'))));
  const newK = rows.spread(run(`blocks.${layer}.attn.hook_rot_k`, rotate(normed(rawK, 'k_norm')))) as tf.Tensor4D;
  const before = past?.layers[layer];
  const k = before === undefined ? newK : tf.concat([before.k, newK], 1);
  const v = before === undefined ? newV : tf.concat([before.v, newV], 1);

  const { runBatch } = rows;
  const site = `blocks.${layer}.attn.hook_pattern` as const;
  const options = {
    scale: config.attentionScale,
    softcap: config.attentionSoftcap,
    window: config.windows[layer],
    padding,
    withPattern: runBatch.wants(site),
  };
  const attended = causalAttention(q, k, v, options);
  let out = attended.out;
  if (attended.pattern !== undefined) {
    const pattern = runBatch(site, attended.pattern);
    if (pattern !== attended.pattern) out = weigh(pattern, v, nHeads);
  }
  const z = runBatch(`blocks.${layer}.attn.hook_z`, out);
  return { z: tf.reshape(z, [z.shape[0], -1, nHeads * dHead]), k, v };
}

/** Values weighted by a pattern that a hook has replaced.
 *
 * @param pattern  `[batch nHeads qPos kPos]`
 * @param v        `[batch kPos nKvHeads dHead]`
 * @returns `[batch qPos nHeads dHead]`
 */
function weigh(pattern: tf.Tensor, v: tf.Tensor4D, nHeads: number): tf.Tensor {
  const group = nHeads / v.shape[2];
  const [batch, kPos, nKvHeads, dHead] = v.shape;
  const repeated = tf.reshape(tf.tile(tf.expandDims(tf.transpose(v, [0, 2, 1, 3]), 2), [1, 1, group, 1, 1]), [
    batch,
    nKvHeads * group,
    kPos,
    dHead,
  ]);
  return tf.transpose(tf.matMul(pattern, repeated), [0, 2, 1, 3]);
}

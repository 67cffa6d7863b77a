import * as tf from '@tensorflow/tfjs';
import { attention } from './attention';
import type { ForwardContext } from './forwardContext';
import type { HookRunner } from './hookRunner';
import { linear } from './linear';
import { mlp } from './mlp';

interface BlockOptions {
  /** Also return keys and values. */
  readonly keepCache: boolean;
  /** After the attention go on with the last position alone. */
  readonly lastOnly: boolean;
}

type BlockResult = {
  /** The residual stream after the block; `[batch 1 dModel]` with `lastOnly`. */
  readonly x: tf.Tensor;
  readonly k?: tf.Tensor4D;
  readonly v?: tf.Tensor4D;
};

/** One block of a decoder: attention, then the gated MLP, each added to the residual stream.
 *
 * @param before  the residual stream, `[batch pos dModel]` or `[1 n dModel]` of a packed batch
 */
export function runBlock(
  context: ForwardContext,
  i: number,
  before: tf.Tensor,
  { keepCache, lastOnly }: BlockOptions,
): BlockResult {
  const { config, rows, norm } = context;
  const at = `model.layers.${i}`;
  let x = context.run(`blocks.${i}.hook_resid_pre`, before);
  const attended = attention(context, i, norm(x, `${at}.input_layernorm`));
  let rest = context;
  let z = attended.z;
  if (lastOnly) {
    rest = { ...context, run: rows.runBatch };
    z = lastPosition(z);
    x = lastPosition(rows.spread(x));
  } else {
    z = rows.pick(z);
  }
  const { run } = rest;
  let out = linear(rest, i, 'o_proj', z);
  if (config.sandwichNorms) out = norm(out, `${at}.post_attention_layernorm`);
  x = run(`blocks.${i}.hook_resid_mid`, tf.add(x, run(`blocks.${i}.hook_attn_out`, out)));
  const mlpNorm = config.sandwichNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm';
  let added = mlp(rest, i, norm(x, `${at}.${mlpNorm}`));
  if (config.sandwichNorms) added = norm(added, `${at}.post_feedforward_layernorm`);
  x = run(`blocks.${i}.hook_resid_post`, tf.add(x, run(`blocks.${i}.hook_mlp_out`, added)));
  return keepCache ? { x, k: attended.k, v: attended.v } : { x };
}

/** `[batch 1 d]` of `[batch pos d]`. */
export function lastPosition(x: tf.Tensor): tf.Tensor {
  const [batch, pos, d] = x.shape;
  return tf.slice(x, [0, pos - 1, 0], [batch, 1, d]);
}

/** Sites of a block that are reached after its attention, and the adapters on the way. */
const afterAttention = [
  'hook_attn_out',
  'hook_resid_mid',
  'mlp.hook_pre',
  'mlp.hook_post',
  'hook_mlp_out',
  'hook_resid_post',
  ...(['o_proj', 'gate_proj', 'up_proj', 'gate_up_proj', 'down_proj'] as const).map(
    (m) => `${m}.lora.hook_scalar` as const,
  ),
] as const;

/** Whether hooks see what the last block or the final norm computes after the last attention. */
export function wantsAfterAttention(run: HookRunner, nLayers: number): boolean {
  const sites = afterAttention.map((site) => `blocks.${nLayers - 1}.${site}` as const);
  return run.wants('ln_final.hook_normalized') || sites.some((site) => run.wants(site));
}

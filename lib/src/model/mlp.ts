import type * as tf from '@tensorflow/tfjs';
import { gatedMlp } from '../kernels/gatedMlp';
import type { ForwardContext } from './forward';
import { linear } from './linear';

/** The gated MLP of a block: down(act(gate(x))·up(x)).
 *
 * @param x  `[batch pos dModel]`, normed
 * @returns `[batch pos dModel]`
 * @source Shazeer 2020 (arXiv 2002.05202)
 */
export function mlp(context: ForwardContext, layer: number, x: tf.Tensor): tf.Tensor {
  const gate = context.run(`blocks.${layer}.mlp.hook_pre`, linear(context, layer, 'gate_proj', x));
  const up = linear(context, layer, 'up_proj', x);
  const post = context.run(
    `blocks.${layer}.mlp.hook_post`,
    gatedMlp(gate, up, { activation: context.config.activation }),
  );
  return linear(context, layer, 'down_proj', post);
}

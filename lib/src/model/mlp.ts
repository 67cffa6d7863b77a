import * as tf from '@tensorflow/tfjs';
import { gatedMlp } from '../kernels/gatedMlp';
import type { ForwardContext } from './forwardContext';
import { linear } from './linear';

/** The gated MLP of a block: down(act(gate(x))·up(x)).
 *
 * @param x  `[batch pos dModel]`, normed
 * @returns `[batch pos dModel]`
 * @source Shazeer 2020 (arXiv 2002.05202)
 */
export function mlp(context: ForwardContext, layer: number, x: tf.Tensor): tf.Tensor {
  const fused = context.config.fusedProjections
    ? tf.split(linear(context, layer, 'gate_up_proj', x), 2, -1)
    : undefined;
  const gate = context.run(`blocks.${layer}.mlp.hook_pre`, fused?.[0] ?? linear(context, layer, 'gate_proj', x));
  const up = fused?.[1] ?? linear(context, layer, 'up_proj', x);
  const post = context.run(
    `blocks.${layer}.mlp.hook_post`,
    gatedMlp(gate, up, { activation: context.config.activation }),
  );
  return linear(context, layer, 'down_proj', post);
}

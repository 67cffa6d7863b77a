import * as tf from '@tensorflow/tfjs';
import type { Weight } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { HookRunner } from './hookRunner';
import type { LinearModule } from './hookSite';
import type { Deltas } from './model';

/** What a linear module needs to know. */
export interface LinearContext {
  readonly weight: (name: string) => Weight;
  readonly deltas: Deltas;
  readonly run: HookRunner;
  readonly config: { readonly qkvBias: boolean; readonly oBias: boolean; readonly mlpBias: boolean };
}

/** The Hugging Face name of a linear module of a block, without `.weight`. */
export function linearName(layer: number, module: LinearModule): string {
  const part = module === 'gate_proj' || module === 'up_proj' || module === 'down_proj' ? 'mlp' : 'self_attn';
  return `model.layers.${layer}.${part}.${module}`;
}

/** y = x·Wᵀ + bias + scale·(x·aᵀ)·bᵀ, the last term where an adapter changes this weight.
 *
 * @param x  `[batch pos dIn]` float32
 * @returns `[batch pos dOut]`
 */
export function linear({ weight, deltas, run, config }: LinearContext, layer: number, module: LinearModule, x: tf.Tensor): tf.Tensor {
  const name = linearName(layer, module);
  const biased = module === 'o_proj' ? config.oBias : name.includes('.mlp.') ? config.mlpBias : config.qkvBias;
  const bias = biased ? (weight(`${name}.bias`) as tf.Tensor) : undefined;
  const y = matMul(x, weight(`${name}.weight`), { transposeB: true, bias });
  const delta = deltas[`${name}.weight`];
  if (delta === undefined) return y;
  const scalar = run(`blocks.${layer}.${module}.lora.hook_scalar`, matMul(x, delta.a, { transposeB: true }));
  return tf.add(y, matMul(tf.mul(scalar, delta.scale), delta.b, { transposeB: true }));
}

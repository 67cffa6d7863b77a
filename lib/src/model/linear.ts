import * as tf from '@tensorflow/tfjs';
import type { Weight } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { HookRunner } from './hookRunner';
import { linearModules, type LinearModule } from './hookSite';
import type { Deltas } from './decoder';
import type { ModelConfig } from './modelConfig';

/** What a linear module needs to know. */
export interface LinearContext {
  readonly weight: (name: string) => Weight;
  readonly deltas: Deltas;
  readonly run: HookRunner;
  readonly config: Pick<ModelConfig, 'qkvBias' | 'oBias' | 'mlpBias'>;
}

/** The Hugging Face name of a linear module of a block, without `.weight`. */
export function linearName(layer: number, module: LinearModule): string {
  const part = /^(gate|up|gate_up|down)_proj$/.test(module) ? 'mlp' : 'self_attn';
  return `model.layers.${layer}.${part}.${module}`;
}

/** y = x·Wᵀ + bias + scale·(x·aᵀ)·bᵀ, the last term where an adapter changes this weight.
 *
 * @param x  `[batch pos dIn]` float32
 * @returns `[batch pos dOut]`
 */
export function linear(
  { weight, deltas, run, config }: LinearContext,
  layer: number,
  module: LinearModule,
  x: tf.Tensor,
): tf.Tensor {
  const name = linearName(layer, module);
  const biased = module === 'o_proj' ? config.oBias : name.includes('.mlp.') ? config.mlpBias : config.qkvBias;
  const bias = biased ? (weight(`${name}.bias`) as tf.Tensor) : undefined;
  const y = matMul(x, weight(`${name}.weight`), { transposeB: true, bias });
  const delta = deltas[`${name}.weight`];
  if (delta === undefined) return y;
  const seen = delta.onInput === undefined ? x : delta.onInput(x);
  const scalar = run(`blocks.${layer}.${module}.lora.hook_scalar`, matMul(seen, delta.a, { transposeB: true }));
  return tf.add(y, matMul(tf.mul(scalar, delta.scale), delta.b, { transposeB: true }));
}

const fused = ['qkv_proj', 'gate_up_proj'] as const;
const separate = ['q_proj', 'k_proj', 'v_proj', 'gate_proj', 'up_proj'] as const;

/** Refuses adapters of anything but a linear module of a block, and hooks on the scalars of a module without one.
 *
 * @throws Error listing every such name
 */
export function checkDeltas(
  deltas: Deltas,
  run: HookRunner,
  { nLayers, fusedProjections }: Pick<ModelConfig, 'nLayers' | 'fusedProjections'>,
): void {
  const absent: readonly LinearModule[] = fusedProjections ? separate : fused;
  const unknown = new Set(Object.keys(deltas));
  if (unknown.size === 0 && run.deepest < 0) return;
  const problems: string[] = [];
  for (let layer = 0; layer < nLayers; layer++) {
    for (const module of linearModules) {
      const isAdapted = !absent.includes(module) && unknown.delete(`${linearName(layer, module)}.weight`);
      const site = `blocks.${layer}.${module}.lora.hook_scalar` as const;
      if (!isAdapted && run.wants(site))
        problems.push(`hook at ${site} but no adapter there; expected a delta of ${linearName(layer, module)}.weight`);
    }
  }
  if (unknown.size > 0)
    problems.push(`deltas of ${[...unknown].join(', ')}; expected names of linear weights of the model's blocks`);
  if (problems.length > 0) throw new Error(`forward: ${problems.join('; ')}`);
}

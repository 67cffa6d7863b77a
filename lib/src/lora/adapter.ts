import * as tf from '@tensorflow/tfjs';
import type { ModelConfig } from '../model/modelConfig';
import { rng } from '../random/rng';
import type { LoraConfig } from './loraConfig';
import { loraTargets, type LoraTarget } from './loraTargets';

/** A low-rank adapter: for each module it names, W becomes W + scale·B·A. */
export interface Adapter {
  readonly config: LoraConfig;
  readonly targets: readonly LoraTarget[];
  /** By `{module}.lora_A.weight` `[rank dIn]` and `{module}.lora_B.weight` `[dOut rank]`, float32. */
  readonly params: Readonly<Record<string, tf.Tensor>>;
}

/** Names of the two matrices of a module. */
export const loraA = (module: string): string => `${module}.lora_A.weight`;
export const loraB = (module: string): string => `${module}.lora_B.weight`;

/** A fresh adapter, which changes nothing yet: B = 0, A uniform in ±1/√dIn (Kaiming with a = √5, as PEFT does).
 *
 * @param seed  each module draws from its own stream, named after it
 * @returns tensors owned by the caller
 * @source Hu et al. 2021 (arXiv 2106.09685), section 4.1
 */
export function initAdapter(config: LoraConfig, model: ModelConfig, seed: number): Adapter {
  const random = rng(seed);
  const targets = loraTargets(config, model);
  const params: Record<string, tf.Tensor> = {};
  for (const { module, dIn, dOut, rank } of targets) {
    const stream = random.split(module);
    const bound = 1 / Math.sqrt(dIn);
    const values = Float32Array.from({ length: rank * dIn }, () => (2 * stream.uniform() - 1) * bound);
    params[loraA(module)] = tf.tensor2d(values, [rank, dIn], 'float32');
    params[loraB(module)] = tf.zeros([dOut, rank]);
  }
  return { config, targets, params };
}

/** Frees an adapter's tensors. */
export function disposeAdapter(adapter: Pick<Adapter, 'params'>): void {
  tf.dispose(Object.values(adapter.params));
}

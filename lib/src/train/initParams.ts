import * as tf from '@tensorflow/tfjs';
import type { ModelConfig } from '../model/modelConfig';
import { weightShapes } from '../model/weightShapes';
import { rng } from '../random/rng';
import type { Tensors } from './valueAndGrads';

export interface InitParamsOptions {
  seed: number;
  /** Standard deviation of matrices (default 0.02, as in transformers). */
  std?: number;
  /** Standard deviation of the embedding (default `std`). */
  embedStd?: number;
  /** Divide that of `o_proj` and `down_proj` by √(2·nLayers), as GPT-2 does (default true). */
  scaleResidual?: boolean;
}

/** Random weights for a decoder that is grown from nothing.
 *
 * Matrices ~ N(0, std²); norms multiply by 1; biases 0. Each weight draws from its own stream, named after it.
 *
 * @returns float32 tensors by Hugging Face name, owned by the caller
 * @source residual scaling: Radford et al. 2019 (GPT-2), section 2.3
 */
export function initParams(
  config: ModelConfig,
  { seed, std = 0.02, embedStd = std, scaleResidual = true }: InitParamsOptions,
): Tensors {
  const random = rng(seed);
  const params: Record<string, tf.Tensor> = {};
  for (const [name, shape] of weightShapes(config)) {
    const axes = [...shape];
    if (name.endsWith('.bias')) params[name] = tf.zeros(axes);
    else if (shape.length === 1) params[name] = tf.fill(axes, 1 - config.normOffset);
    else {
      const residual = scaleResidual && /\.(o_proj|down_proj)\.weight$/.test(name);
      const deviation =
        name === 'model.embed_tokens.weight' ? embedStd : residual ? std / Math.sqrt(2 * config.nLayers) : std;
      const stream = random.split(name);
      const values = Float32Array.from({ length: shape[0] * shape[1] }, () => deviation * stream.normal());
      params[name] = tf.tensor(values, axes, 'float32');
    }
  }
  return params;
}

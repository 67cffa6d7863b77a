import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype, checkRange } from './checkArguments';
import { hasBody, runBody } from './dispatch';

/** One parameter with its optimiser state, all of one shape. */
export interface AdamWState {
  param: tf.Tensor;
  /** Running mean of the gradient. */
  m: tf.Tensor;
  /** Running mean of the squared gradient. */
  v: tf.Tensor;
}

export interface AdamWOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  eps: number;
  /** Decoupled decay: the parameter loses learningRate·weightDecay of itself. */
  weightDecay: number;
  /** Number of this step, from 1. */
  step: number;
}

/** One AdamW update (the formula of torch.optim.AdamW).
 *
 * m' = β₁m + (1−β₁)g;  v' = β₂v + (1−β₂)g²;  p' = p(1 − lr·decay) − lr/(1−β₁ᵗ) · m' / (√v'/√(1−β₂ᵗ) + eps)
 *
 * @param state    param, m, v and grad, all float32 of one shape
 * @returns        the new param, m and v
 * @throws Error   if shapes or dtypes differ, or an option is out of range
 * @source Loshchilov & Hutter 2019 (arXiv 1711.05101), algorithm 2
 */
export function adamW({ param, m, v, grad }: AdamWState & { grad: tf.Tensor }, options: AdamWOptions): AdamWState {
  const where = 'adamW';
  checkDtype(where, 'float32', { param, m, v, grad });
  assertShape(where, {
    m: [m.shape, param.shape],
    v: [v.shape, param.shape],
    grad: [grad.shape, param.shape],
  });
  checkRange(where, 'learningRate', options.learningRate, 0, 1e6);
  checkRange(where, 'beta1', options.beta1, 0, 1 - 1e-12);
  checkRange(where, 'beta2', options.beta2, 0, 1 - 1e-12);
  checkRange(where, 'eps', options.eps, 0, 1);
  checkRange(where, 'weightDecay', options.weightDecay, 0, 1e6);
  if (!(Number.isInteger(options.step) && options.step >= 1)) {
    throw new Error(`adamW: invalid step; expected an integer from 1, got ${options.step}`);
  }
  if (!hasBody('TraitAdamW')) return adamWReference({ param, m, v, grad }, options);
  const [newParam, newM, newV] = runBody('TraitAdamW', { param, m, v, grad }, { ...options });
  return { param: newParam, m: newM, v: newV };
}

/** The definition of `adamW` in plain tfjs operations. */
export function adamWReference(
  { param, m, v, grad }: AdamWState & { grad: tf.Tensor },
  { learningRate, beta1, beta2, eps, weightDecay, step }: AdamWOptions,
): AdamWState {
  return tf.tidy(() => {
    const newM = tf.add(tf.mul(m, beta1), tf.mul(grad, 1 - beta1));
    const newV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(grad), 1 - beta2));
    const denominator = tf.add(tf.div(tf.sqrt(newV), Math.sqrt(1 - beta2 ** step)), eps);
    const move = tf.mul(tf.div(newM, denominator), learningRate / (1 - beta1 ** step));
    const newParam = tf.sub(tf.mul(param, 1 - learningRate * weightDecay), move);
    return { param: newParam, m: newM, v: newV };
  }) as unknown as AdamWState;
}

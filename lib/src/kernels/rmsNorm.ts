import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype, checkRange } from './checkArguments';
import { hasBody, isRecording, runBody } from './dispatch';

export interface RmsNormOptions {
  /** Added to the mean square; a checkpoint's `rms_norm_eps`. */
  eps: number;
  /** 1 where the checkpoint stores weight − 1 (Gemma). */
  offset?: 0 | 1;
}

/** Root-mean-square normalisation: y = x / √(mean(x²) + eps) · (offset + weight), over the last axis.
 *
 * @param x        `[*batch d]` float32
 * @param weight   `[d]` float32
 * @returns        `[*batch d]` float32
 * @throws Error   if a shape, a dtype or eps does not fit
 * @source Zhang & Sennrich 2019 (arXiv 1910.07467), equation 4
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, { eps, offset = 0 }: RmsNormOptions): tf.Tensor {
  checkDtype('rmsNorm', 'float32', { x, weight });
  assertShape('rmsNorm', { weight: [weight.shape, [x.shape[x.rank - 1] ?? 1]] });
  checkRange('rmsNorm', 'eps', eps, 0, 1);
  if (!(isRecording() ? hasBody('TraitRmsNorm', 'TraitRmsNormGrad') : hasBody('TraitRmsNorm'))) {
    return rmsNormReference(x, weight, { eps, offset });
  }
  return runBody('TraitRmsNorm', { x, weight }, { eps, offset })[0];
}

/** The definition of `rmsNorm` in plain tfjs operations. */
export function rmsNormReference(x: tf.Tensor, weight: tf.Tensor, { eps, offset = 0 }: RmsNormOptions): tf.Tensor {
  return tf.tidy(() => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, eps))), tf.add(weight, offset));
  });
}

// A body returns [y]; the gradient body takes {x, weight, dy} and returns [dx, dWeight].
tf.registerGradient({
  kernelName: 'TraitRmsNorm',
  inputsToSave: ['x', 'weight'],
  gradFunc: (dy, [x, weight], attrs) => {
    const { eps, offset } = attrs as unknown as Required<RmsNormOptions>;
    const [dx, dWeight] = runBody('TraitRmsNormGrad', { x, weight, dy: dy as tf.Tensor }, { eps, offset });
    return { x: () => dx, weight: () => dWeight };
  },
});

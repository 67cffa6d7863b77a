import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype } from './checkArguments';
import { hasBody, isRecording, runBody, valuesAreNear } from './dispatch';

/** Masked mean over positions: y_b = Σ_p mask_bp x_bp / Σ_p mask_bp.
 *
 * @param x        `[batch pos d]` float32
 * @param mask     `[batch pos]` float32, ≥ 0; not differentiated
 * @returns        `[batch d]` float32
 * @throws Error   if a shape or dtype does not fit, or a row's mask is negative or sums to 0
 */
export function pool(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  checkDtype('pool', 'float32', { x, mask });
  assertShape('pool', { x: [x.shape, ['batch', 'pos', 'd']], mask: [mask.shape, ['batch', 'pos']] });
  checkMask(mask);
  if (!(isRecording() ? hasBody('TraitPool', 'TraitPoolGrad') : hasBody('TraitPool'))) return poolReference(x, mask);
  return runBody('TraitPool', { x, mask }, {})[0];
}

/** The definition of `pool` in plain tfjs operations. */
export function poolReference(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const share = tf.div(mask, tf.sum(mask, -1, true)); // [batch pos]
    return tf.sum(tf.mul(x, tf.expandDims(share, -1)), 1);
  });
}

// The gradient body takes {mask, dy} and returns [dx].
tf.registerGradient({
  kernelName: 'TraitPool',
  inputsToSave: ['mask'],
  gradFunc: (dy, [mask]) => ({ x: () => runBody('TraitPoolGrad', { mask, dy: dy as tf.Tensor }, {})[0] }),
});

function checkMask(mask: tf.Tensor): void {
  if (!valuesAreNear()) return;
  const [batch, pos] = mask.shape;
  const values = mask.dataSync();
  for (let b = 0; b < batch; b++) {
    let total = 0;
    for (const m of values.subarray(b * pos, (b + 1) * pos)) {
      if (!(m >= 0)) throw new Error(`pool: invalid mask in row ${b}; expected numbers >= 0, got ${m}`);
      total += m;
    }
    if (!(total > 0)) throw new Error(`pool: empty mask in row ${b}; expected at least one position that counts`);
  }
}

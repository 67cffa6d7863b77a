import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype } from './checkArguments';
import { hasBody, isRecording, runBody } from './dispatch';
import { matMul } from './matMul';

/** Adds a vector to the residual stream: y = x + coeff · mask · vector.
 *
 * @param x        `[batch pos d]` float32
 * @param vector   `[d]` float32, residual-stream units
 * @param coeff    multiplies the vector
 * @param mask     `[batch pos]` float32, default 1 everywhere; not differentiated
 * @returns        `[batch pos d]` float32
 * @throws Error   if a shape, a dtype or coeff does not fit
 */
export function addVector(x: tf.Tensor, vector: tf.Tensor, coeff: number, mask?: tf.Tensor): tf.Tensor {
  checkDtype('addVector', 'float32', { x, vector, mask });
  assertShape('addVector', {
    x: [x.shape, ['batch', 'pos', 'd']],
    vector: [vector.shape, ['d']],
    ...(mask === undefined ? {} : { mask: [mask.shape, ['batch', 'pos']] as const }),
  });
  if (!Number.isFinite(coeff)) throw new Error(`addVector: invalid coeff; expected a finite number, got ${coeff}`);
  if (!hasBody('TraitAddVector')) return addVectorReference(x, vector, coeff, mask);
  const add = (x: tf.Tensor, vector: tf.Tensor): tf.Tensor =>
    runBody('TraitAddVector', { x, vector, mask }, { coeff })[0];
  if (!isRecording()) return add(x, vector);
  return tf.customGrad((...args) => {
    const [xIn, vectorIn] = args as tf.Tensor[];
    const save = args[2] as tf.GradSaveFunc;
    save(mask === undefined ? [] : [mask]);
    const gradFunc = (dy: tf.Tensor, [mask]: tf.Tensor[]): tf.Tensor[] => {
      const rows = tf.reshape(dy, [-1, dy.shape[2]!]);
      const weights = mask === undefined ? tf.ones([1, rows.shape[0]]) : tf.reshape(mask, [1, -1]);
      return [tf.clone(dy), tf.reshape(tf.mul(matMul(weights, rows), coeff), [-1])];
    };
    return { value: add(xIn, vectorIn), gradFunc };
  })(x, vector);
}

/** The definition of `addVector` in plain tfjs operations. */
export function addVectorReference(x: tf.Tensor, vector: tf.Tensor, coeff: number, mask?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const step = tf.mul(vector, coeff);
    return tf.add(x, mask === undefined ? step : tf.mul(tf.expandDims(mask, -1), step));
  });
}

import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype } from './checkArguments';
import { matMul, matMulReference } from './matMul';

/** Dot products with a set of directions: y_k = x · direction_k.
 *
 * @param x           `[*batch d]` float32
 * @param directions  `[k d]` float32
 * @returns           `[*batch k]` float32
 * @throws Error      if a shape or dtype does not fit
 */
export function project(x: tf.Tensor, directions: tf.Tensor): tf.Tensor {
  return dotProducts(x, directions, matMul);
}

/** The definition of `project` in plain tfjs operations. */
export function projectReference(x: tf.Tensor, directions: tf.Tensor): tf.Tensor {
  return dotProducts(x, directions, matMulReference);
}

function dotProducts(x: tf.Tensor, directions: tf.Tensor, multiply: typeof matMulReference): tf.Tensor {
  checkDtype('project', 'float32', { x, directions });
  const { k } = assertShape('project', { directions: [directions.shape, ['k', x.shape[x.rank - 1] ?? 1]] });
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, directions.shape[1]!]);
    return tf.reshape(multiply(rows, directions, { transposeB: true }), [...x.shape.slice(0, -1), k]);
  });
}

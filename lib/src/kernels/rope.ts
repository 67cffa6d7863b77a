import * as tf from '@tensorflow/tfjs';
import { assertShape, ShapeError } from '../shape/assertShape';
import { checkDtype, checkIds } from './checkArguments';
import { hasBody, runBody } from './dispatch';

/** Rotary position embedding, rotate-half convention: for each head vector x = [x₁ x₂] at position p,
 * y = [x₁·cos_p − x₂·sin_p, x₂·cos_p + x₁·sin_p].
 *
 * @param x          `[batch pos head dHead]` float32, dHead even
 * @param cos        `[nPositions dHead/2]` float32
 * @param sin        `[nPositions dHead/2]` float32
 * @param positions  `[batch pos]` int32, row of the table for every token
 * @returns          `[batch pos head dHead]` float32
 * @throws Error     if a shape, a dtype or a position does not fit
 * @source Su et al. 2021 (arXiv 2104.09864), section 3.4.2; halves as in Hugging Face transformers
 */
export function rope(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, positions: tf.Tensor): tf.Tensor {
  checkDtype('rope', 'float32', { x, cos, sin });
  checkDtype('rope', 'int32', { positions });
  const half = (x.shape[3] ?? NaN) / 2;
  const { dHead, nPositions } = assertShape('rope', {
    x: [x.shape, ['batch', 'pos', 'head', 'dHead']],
    positions: [positions.shape, ['batch', 'pos']],
    cos: [cos.shape, ['nPositions', half]],
    sin: [sin.shape, ['nPositions', half]],
  });
  if (dHead % 2 !== 0) throw new ShapeError(`rope: odd head size; expected an even dHead, got ${dHead}`);
  checkIds('rope', 'positions', positions, nPositions);
  if (!hasBody('TraitRope')) return ropeReference(x, cos, sin, positions);
  return runBody('TraitRope', { x, cos, sin, positions }, { inverse: false })[0];
}

/** The definition of `rope` in plain tfjs operations. */
export function ropeReference(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, positions: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [x1, x2] = tf.split(x, 2, -1);
    const c = tf.expandDims(tf.gather(cos, positions as tf.Tensor2D), 2);
    const s = tf.expandDims(tf.gather(sin, positions as tf.Tensor2D), 2);
    return tf.concat([tf.sub(tf.mul(x1, c), tf.mul(x2, s)), tf.add(tf.mul(x2, c), tf.mul(x1, s))], -1);
  });
}

// A rotation's gradient is the inverse rotation: the same body with `inverse`.
tf.registerGradient({
  kernelName: 'TraitRope',
  inputsToSave: ['cos', 'sin', 'positions'],
  gradFunc: (dy, [cos, sin, positions], attrs) => ({
    x: () => runBody('TraitRope', { x: dy as tf.Tensor, cos, sin, positions }, { inverse: !attrs.inverse })[0],
  }),
});

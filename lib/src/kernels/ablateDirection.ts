import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype } from './checkArguments';
import { hasBody, isRecording, runBody, valuesAreNear } from './dispatch';
import { matMul } from './matMul';

/** Projects a unit direction out: y = x − mask · (x·direction) direction.
 *
 * @param x          `[batch pos d]` float32
 * @param direction  `[d]` float32 of norm 1
 * @param mask       `[batch pos]` float32, default 1 everywhere; not differentiated
 * @returns          `[batch pos d]` float32
 * @throws Error     if a shape or dtype does not fit, or the direction's norm is not 1 within 1e-3
 */
export function ablateDirection(x: tf.Tensor, direction: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  checkDtype('ablateDirection', 'float32', { x, direction, mask });
  assertShape('ablateDirection', {
    x: [x.shape, ['batch', 'pos', 'd']],
    direction: [direction.shape, ['d']],
    ...(mask === undefined ? {} : { mask: [mask.shape, ['batch', 'pos']] as const }),
  });
  checkUnitNorm(direction);
  if (!hasBody('TraitAblateDirection')) return ablateDirectionReference(x, direction, mask);
  if (!isRecording()) return run(x, direction, mask);
  return tf.customGrad((...args) => {
    const [xIn, directionIn] = args as tf.Tensor[];
    const save = args[2] as tf.GradSaveFunc;
    save(mask === undefined ? [xIn, directionIn] : [xIn, directionIn, mask]);
    return {
      value: run(xIn, directionIn, mask),
      gradFunc: (dy, [x, direction, mask]) => gradients(dy, x, direction, mask),
    };
  })(x, direction);
}

/** The definition of `ablateDirection` in plain tfjs operations. */
export function ablateDirectionReference(x: tf.Tensor, direction: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const along = tf.sum(tf.mul(x, direction), -1, true);
    return tf.sub(x, tf.mul(mask === undefined ? along : tf.mul(along, tf.expandDims(mask, -1)), direction));
  });
}

function run(x: tf.Tensor, direction: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return runBody('TraitAblateDirection', { x, direction, mask }, {})[0];
}

/** The map is its own adjoint: dx = ablate(dy); ddirection = −Σ mask·[(x·d) dy + (dy·d) x]. */
function gradients(dy: tf.Tensor, x: tf.Tensor, direction: tf.Tensor, mask?: tf.Tensor): tf.Tensor[] {
  const d = direction.shape[0]!;
  const column = tf.reshape(direction, [d, 1]);
  const [xRows, dyRows] = [x, dy].map((t) => tf.reshape(t, [-1, d]));
  const along = (rows: tf.Tensor): tf.Tensor => {
    const dot = matMul(rows, column); // [rows 1]
    return mask === undefined ? dot : tf.mul(dot, tf.reshape(mask, [-1, 1]));
  };
  const sum = tf.add(
    matMul(along(xRows), dyRows, { transposeA: true }),
    matMul(along(dyRows), xRows, { transposeA: true }),
  );
  return [run(dy, direction, mask), tf.neg(tf.reshape(sum, [-1]))];
}

function checkUnitNorm(direction: tf.Tensor): void {
  if (!valuesAreNear()) return;
  let square = 0;
  for (const value of direction.dataSync()) square += value * value;
  const norm = Math.sqrt(square);
  if (!(Math.abs(norm - 1) <= 1e-3)) {
    throw new Error(`ablateDirection: direction is not a unit vector; expected norm 1, got ${norm}`);
  }
}

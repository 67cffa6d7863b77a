import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { valueAndGrads, type Tensors } from 'traitlab/train/valueAndGrads';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';

test.before(() => initBackend());

/** A function with everything that can go wrong: a tensor used twice, handles passed on, branches that do not count. */
function tangled({ w, b, s }: Tensors): tf.Scalar {
  return tf.tidy(() => {
    const x = tf.tensor2d([1, -2, 3, 4, 5, -6], [2, 3]);
    const h = tf.tidy(() => tf.relu(tf.add(tf.matMul(x, w as tf.Tensor2D), b)));
    tf.mean(tf.square(h)); // on the tape, not in the value
    const twice = tf.add(h, h);
    const tied = tf.matMul(twice as tf.Tensor2D, w as tf.Tensor2D, false, true);
    return tf.sum(tf.mul(tf.reshape(tied, [-1]), s)) as tf.Scalar;
  });
}

test('values and gradients are those of tf.valueAndGrads, and nothing stays behind', async () => {
  const params = {
    w: tf.randomNormal([3, 4], 0, 1, 'float32', 5),
    b: tf.randomNormal([4], 0, 1, 'float32', 6),
    s: tf.scalar(0.7),
  };
  const theirs = tf.valueAndGrads((w, b, s) => tangled({ w, b, s }))([params.w, params.b, params.s]);
  const ours = await expectNoLeak(() => valueAndGrads(tangled, params), 4);
  assert.equal(ours.value.dataSync()[0], theirs.value.dataSync()[0]);
  Object.values(ours.grads).forEach((grad, i) => {
    assert.deepEqual(grad.shape, theirs.grads[i].shape);
    expectClose(grad.dataSync(), theirs.grads[i].dataSync(), { rtol: 1e-6, atol: 1e-6 }, `gradient ${i}`);
  });
});

test('a parameter that is the value, or is passed through unchanged, has the right gradient', () => {
  const x = tf.scalar(3);
  assert.equal(valueAndGrads((p) => tf.mul(p.x, 1) as tf.Scalar, { x }).grads.x.dataSync()[0], 1);
  assert.equal(valueAndGrads((p) => tf.mul(p.x, p.x) as tf.Scalar, { x }).grads.x.dataSync()[0], 6);
  assert.equal(valueAndGrads((p) => tf.add(p.x, p.x) as tf.Scalar, { x }).grads.x.dataSync()[0], 2);
});

test('a gradient that is the upstream handle itself, twice, is not freed too early', () => {
  const sum = tf.customGrad((a, b) => ({
    value: tf.add(a as tf.Tensor, b as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy, dy],
  }));
  const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const { grads } = valueAndGrads((p) => tf.sum(tf.mul(sum(p.x, p.y), p.x)) as tf.Scalar, { x, y });
  expectClose(grads.x.dataSync(), [5, 8], { rtol: 1e-6, atol: 0 });
  expectClose(grads.y.dataSync(), [1, 2], { rtol: 1e-6, atol: 0 });
});

test('misuse is named, and leaves nothing behind', async () => {
  const [x, y] = [tf.scalar(3), tf.scalar(4)];
  await expectNoLeak(() => {
    assert.throws(
      () => valueAndGrads((p) => tf.square(p.x) as tf.Scalar, { x, y }),
      /valueAndGrads: no gradient for y; expected a value that depends on every parameter/,
    );
    assert.throws(
      () => valueAndGrads((p) => tf.stack([p.x, p.y]) as unknown as tf.Scalar, { x, y }),
      /f returned no scalar; expected one/,
    );
    assert.throws(
      () =>
        valueAndGrads(
          (p) => {
            tf.square(p.x);
            throw new Error('inside');
          },
          { x },
        ),
      /inside/,
    );
  });
  assert.equal(valueAndGrads((p) => tf.square(p.x) as tf.Scalar, { x }).value.dataSync()[0], 9, 'and it works again');
});

import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { adamW } from 'traitlab/kernels/adamW';
import { embed } from 'traitlab/kernels/embed';
import { matMul } from 'traitlab/kernels/matMul';
import { wasmBackend } from 'traitlab/kernels/wasm/wasmBackend';
import { expectNear } from './compareToReference';

// Bugs of @tensorflow/tfjs-backend-wasm 4.22 that must not reach a user of this library.

test.before(() => initBackend({ backend: 'wasm' }));

test('a bias is added once, also for K beyond 48, batches and transposes (stock: once per 48 of K)', () => {
  const k = 200;
  const bias = tf.fill([3], 100);
  for (const [shapeA, transposeA] of [
    [[2, k], false],
    [[k, 2], true],
    [[4, 2, k], false],
  ] as const) {
    const a = tf.ones([...shapeA]);
    const b = tf.ones([k, 3]);
    const y = matMul(a, b, { transposeA, bias });
    assert.ok(y.dataSync().every((value) => value === 300));
    if (a.rank === 2) {
      const fused = tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, transposeA, bias });
      assert.ok(fused.dataSync().every((value) => value === 300));
    }
  }
});

test('tf.fused.matMul with an activation is refused, not computed wrongly', () => {
  const a = tf.ones([2, 3]) as tf.Tensor2D;
  assert.throws(
    () => tf.fused.matMul({ a, b: a, transposeB: true, activation: 'relu' }),
    /tf.fused.matMul: not offered on wasm/,
  );
});

test('a product sees the weight as it is now (stock: a packed copy of what it was)', () => {
  const x = tf.ones([1, 4]);
  let state = {
    param: tf.ones([4, 4]) as tf.Tensor,
    m: tf.zeros([4, 4]) as tf.Tensor,
    v: tf.zeros([4, 4]) as tf.Tensor,
  };
  assert.equal(matMul(x, state.param).dataSync()[0], 4);
  assert.equal(tf.matMul(x, state.param as tf.Tensor2D).dataSync()[0], 4);
  const options = { learningRate: 1, beta1: 0.9, beta2: 0.999, eps: 0, weightDecay: 0, step: 1 };
  state = adamW({ ...state, grad: tf.fill([4, 4], -4) }, options);
  expectNear(matMul(x, state.param).dataSync(), [8, 8, 8, 8], 1e-6, 'after a step');
  // Even when the values change in place, behind tfjs's back.
  const backend = wasmBackend();
  const at = backend.dataIdMap.get(state.param.dataId).memoryOffset >>> 0;
  new Float32Array(backend.wasm.asm.memory.buffer, at, 16).fill(5);
  assert.equal(matMul(x, state.param).dataSync()[0], 20);
  assert.equal(tf.matMul(x, state.param as tf.Tensor2D).dataSync()[0], 20);
});

test('a weight is kept once: products allocate their result and no copy of the weight', () => {
  const weight = tf.zeros([512, 512]);
  const x = tf.zeros([1, 512]);
  matMul(x, weight, { transposeB: true }).dispose(); // scratch is allocated once
  const backend = wasmBackend();
  const heap = backend.wasm.asm.memory.buffer.byteLength;
  for (let i = 0; i < 400; i++) {
    const next = tf.clone(weight); // the stock kernel packs once per tensor
    matMul(x, next).dispose();
    matMul(x, next, { transposeB: true }).dispose();
    next.dispose();
  }
  assert.equal(backend.wasm.asm.memory.buffer.byteLength, heap);
});

test('cloning shares memory, and either handle can go first', () => {
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.clone(x);
  const backend = wasmBackend();
  assert.equal(backend.dataIdMap.get(x.dataId), backend.dataIdMap.get(y.dataId));
  x.dispose();
  assert.deepEqual([...y.dataSync()], [1, 2, 3]);
});

test('the gradient of a lookup exists (stock: UnsortedSegmentSum is missing)', () => {
  const tokens = tf.tensor1d([1, 1, 0], 'int32');
  const grad = tf.grad((w) => tf.sum(embed(w, tokens)))(tf.zeros([3, 2]));
  assert.deepEqual([...grad.dataSync()], [1, 1, 2, 2, 0, 0]);
});

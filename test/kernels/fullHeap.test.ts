import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { matMul } from 'traitlab/kernels/matMul';
import { wasmBackend } from 'traitlab/kernels/wasm/wasmBackend';

// A file (so a process) of its own: the heap stays as large as it once was.

/** A tensor with memory that nobody touches, so that it costs none. */
function hollow(size: number): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(wasmBackend().makeOutput([size], 'float32'));
}

test('a full heap is a clear error, and what was there is unharmed (stock: data lands at address 0)', async () => {
  await initBackend({ backend: 'wasm' });
  const GiB = 2 ** 30 / 4;
  const small = tf.tensor1d([1, 2, 3, 4]);
  const kept: tf.Tensor[] = [];
  const tall = tf.zeros([2 ** 14, 1]);
  const wide = tf.zeros([1, 2 ** 14]);
  const before = tf.memory().numTensors;
  assert.throws(() => {
    for (let i = 0; i < 5; i++) kept.push(hollow(GiB));
  }, /wasm: out of memory asking for 1024\.0 MiB with a heap of \d+ MiB \(limit 4096\); expected fewer or smaller tensors/);
  assert.ok(kept.length >= 2, `${kept.length} GiB fitted`);
  assert.throws(() => matMul(tall, wide), /wasm: out of memory/);
  assert.throws(() => tf.tensor1d(new Float32Array(GiB)), /wasm: out of memory/);
  assert.deepEqual([...small.dataSync()], [1, 2, 3, 4]);
  assert.equal(tf.memory().numTensors, before + kept.length, 'what failed is not counted');
  tf.dispose(kept);
  assert.deepEqual([...tf.add(small, small).dataSync()], [2, 4, 6, 8]);
});

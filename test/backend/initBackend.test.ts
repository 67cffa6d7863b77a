import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { matMul } from 'traitlab/kernels/matMul';
import { hasRelaxedSimd } from 'traitlab/kernels/wasm/wasmModule';

test('auto takes wasm with the best vector instructions, and asking again changes nothing', async () => {
  const info = await initBackend();
  assert.equal(info.name, 'wasm');
  assert.equal(info.simd, hasRelaxedSimd() ? 'relaxed' : 'simd');
  assert.equal(tf.getBackend(), 'wasm');
  const before = tf.getKernel('TraitMatMul', 'wasm');
  assert.equal(await initBackend(), info);
  assert.equal(tf.getKernel('TraitMatMul', 'wasm'), before);
});

test('base SIMD can be asked for, stays until another is named, and tensors outlive the change', async () => {
  const x = tf.ones([7, 7]);
  assert.equal((await initBackend({ simd: 'simd' })).simd, 'simd');
  assert.equal((await initBackend()).simd, 'simd');
  assert.ok(
    matMul(x, x)
      .dataSync()
      .every((value) => value === 7),
  );
  assert.equal((await initBackend({ simd: 'auto' })).simd, hasRelaxedSimd() ? 'relaxed' : 'simd');
});

test('tensors move along when the backend changes', async () => {
  await initBackend({ backend: 'cpu' });
  const x = tf.tensor2d([[1, 2]]);
  await initBackend({ backend: 'wasm' });
  assert.deepEqual([...matMul(x, x, { transposeB: true }).dataSync()], [5]);
});

test('what is not there is refused by name', async () => {
  await assert.rejects(
    initBackend({ backend: 'tensorflow' }),
    /initBackend: backend tensorflow is not available; expected auto, wasm or cpu/,
  );
});

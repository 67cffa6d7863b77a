import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadVector, saveVector } from 'traitlab/directions/vectorFile';
import { temporaryFolder } from '../helpers/temporaryFolder';

const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;

test('a vector survives its file, and a bad file is named with all its problems', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'v.safetensors');
  const stored = {
    vector: Float32Array.of(1, -2.5, 3e-9),
    site: sites[0],
    kind: 'drift',
    metadata: { modelHash: 'abc' },
  };
  saveVector(file, stored);
  const { vector, site, kind, scale, metadata } = loadVector(file, 3);
  assert.deepEqual({ vector, site, kind, metadata }, stored);
  assert.equal(scale, 'raw');
  assert.throws(
    () => loadVector(file, 24),
    /v\.safetensors: vector has the wrong type, expected F32 \[24\], got F32 \[3\]/,
  );
  assert.throws(() => saveVector(file, { ...stored, vector: Float32Array.of(NaN) }), /empty or not finite/);
  assert.throws(() => loadVector(path.join(folder, 'none.safetensors')), /none\.safetensors/);
  writeFileSync(file, readFileSync(file).subarray(0, 20));
  assert.throws(() => loadVector(file), /v\.safetensors/);
});

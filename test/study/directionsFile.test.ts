import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeSafetensors } from 'traitlab/formats/safetensors';
import { directionsKey, readDirections, writeDirections } from 'traitlab/study/directionsFile';
import { temporaryFolder } from '../helpers/temporaryFolder';

const path = join(temporaryFolder(), 'directions.safetensors');

test('directions come back as they were written, kind by kind and block by block', () => {
  const vectors = { meanDifference: [Float64Array.of(1, -2), Float64Array.of(0.5, 4)], drift: [Float64Array.of(0, 0), Float64Array.of(3, 1)] }; // prettier-ignore
  writeDirections(path, { key: 'k', about: { n: 3 }, vectors });
  assert.equal(directionsKey(path), 'k');
  assert.deepEqual(readDirections(path), { key: 'k', about: { n: 3 }, vectors });
});

test('a file that holds none is refused by name', () => {
  writeSafetensors(path, [{ name: 'other', dtype: 'F32', shape: [1], data: Float32Array.of(1) }], { key: 'k' });
  assert.throws(() => readDirections(path), { message: `readDirections: ${path}: no directions; expected what a study wrote` }); // prettier-ignore
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from 'traitlab/formats/safetensors';
import type { Bases, Basis } from 'traitlab/study/basis';
import { basesKey, readBases, writeBases } from 'traitlab/study/basesFile';
import { rng } from 'traitlab/random/rng';
import { toUnit } from 'traitlab/stats/toUnit';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const random = rng(5);
const basis = (names: readonly string[], splitHalf: readonly number[] = names.map(() => 0.9)): Basis => ({
  names,
  splitHalf,
  directions: names.map(() => Float32Array.from(toUnit(Float64Array.from({ length: 6 }, () => random.normal())))),
});
const none: Basis = { names: [], directions: [], splitHalf: [] };
/** Two layers, and no styles. */
const bases: Bases = {
  traits: [basis(['fox', 'doctor', 'wolf']), basis(['fox', 'doctor', 'wolf'])],
  styles: [none, none],
  shuffled: [basis(['0', '1']), basis(['0', '1'])],
  random: [basis(['0'], []), basis(['0'], [])],
  persona: [basis(['evil']), basis(['evil'])],
};

test('bases are read as they were written, layer by layer, those of a suite without styles too', () => {
  const path = join(dir, 'bases.safetensors');
  writeBases(path, bases, 'key');
  assert.equal(basesKey(path), 'key');
  assert.deepEqual(readBases(path), bases);
  const { tensors } = readSafetensors(path);
  assert.deepEqual([...tensors.keys()].sort(), ['persona', 'random', 'shuffled', 'traits']);
  assert.deepEqual(tensors.get('traits')!.shape, [2, 3, 6]);
});

test('a file that is cut off, or holds something else, is named', () => {
  const path = join(dir, 'cut.safetensors');
  writeBases(path, bases, 'key');
  truncateSync(path, 700);
  for (const read of [basesKey, readBases])
    assert.throws(
      () => read(path),
      (error: Error) => error.message.includes(path) && /expected/.test(error.message),
    );

  const names = [{ names: ['fox'], splitHalf: [1] }];
  const wrong = {
    'no-tensor': { shape: undefined, about: { traits: names } },
    'no-names': { shape: [1, 1, 6], about: undefined },
    'other-names': { shape: [1, 1, 6], about: { traits: [{ names: ['fox', 'wolf'], splitHalf: [1, 1] }] } },
    'other-layers': { shape: [2, 1, 6], about: { traits: names } },
    flat: { shape: [1, 6], about: { traits: names } },
  };
  for (const [name, { shape, about }] of Object.entries(wrong)) {
    const file = join(dir, `${name}.safetensors`);
    const data = new Float32Array(shape?.reduce((a, b) => a * b) ?? 0);
    const tensors = shape === undefined ? [] : [{ name: 'traits', dtype: 'F32' as const, shape, data }];
    writeSafetensors(file, tensors, about && { about: JSON.stringify(about) });
    assert.throws(() => readBases(file), {
      message: `readBases: ${file}: no traits [layer k dModel] with their names; expected what a study wrote`,
    });
  }
  const torn = join(dir, 'torn.safetensors');
  writeSafetensors(torn, [], { about: '{"traits":[' });
  assert.throws(() => readBases(torn), {
    message: `readBases: ${torn}: not JSON (it ends too early); expected a JSON document`,
  });
});

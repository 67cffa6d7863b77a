import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readControlVector, writeControlVector } from 'traitlab/directions/controlVectorFile';
import { readPersonaVectors, writePersonaVectors } from 'traitlab/directions/personaVectorsFile';
import { parseGguf } from 'traitlab/formats/gguf';
import { projectPath } from 'traitlab/disk/projectPath';
import { parseTorchTensor, readTorchTensor } from 'traitlab/formats/torchTensor';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { temporaryFolder } from '../helpers/temporaryFolder';

const goldens = projectPath('test/goldens/vectors');
const json = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(goldens, name), 'utf8')) as Record<string, unknown>;
const dir = temporaryFolder();
const sizes = { nLayers: 2, dModel: 24 };

test('a tensor saved by torch reads as torch has it: every float type, transposed and sliced', () => {
  for (const [name, rows] of Object.entries(json('torch.json')) as [string, number[][]][]) {
    const { shape, data } = readTorchTensor(join(goldens, `${name}.pt`));
    assert.deepEqual(shape, [3, 24], name);
    assert.deepEqual([...data], rows.flat().map(Math.fround), name);
  }
});

test('anything but a plain tensor of floats is refused, and nothing of it runs', () => {
  const refused: [string, RegExp][] = [
    ['dict', /refused-dict\.pt: pickle has operation 0x7d; expected a plain tensor of floats/],
    ['ordered', /refused-ordered\.pt: pickle .*; expected/],
    ['int64', /refused-int64\.pt: pickle names torch LongStorage; expected a plain tensor of floats/],
    ['parameter', /refused-parameter\.pt: pickle names torch\._utils _rebuild_parameter; expected/],
    ['evil', /refused-evil\.pt: pickle names __builtin__ print; expected/],
  ];
  for (const [name, message] of refused)
    assert.throws(() => readTorchTensor(join(goldens, `refused-${name}.pt`)), message);
});

test('persona vectors: row 0 is the embedding, row L belongs to block L-1, and writing gives the file back', () => {
  const vectors = readPersonaVectors(join(goldens, 'float32.pt'), sizes);
  assert.deepEqual(
    vectors.map((v) => v.site),
    ['hook_embed', 'blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'],
  );
  const rows = json('torch.json').float32 as number[][];
  assert.deepEqual([...vectors[1].vector], rows[1]);
  const file = join(dir, 'persona.pt');
  writePersonaVectors(file, vectors, sizes);
  assert.deepEqual(readPersonaVectors(file, sizes), vectors);
  assert.throws(() => readPersonaVectors(file, { nLayers: 3, dModel: 24 }), /expected finite \[4 24\], got \[3 24\]/);
  assert.throws(() => writePersonaVectors(file, [vectors[1], vectors[1]], sizes), /given twice/);
});

test('GGUF control vectors: those of the Python package read, and writing gives the same file', () => {
  const golden = join(goldens, 'control.gguf');
  const vectors = readControlVector(golden, { nLayers: 3, dModel: 24 });
  assert.deepEqual(
    vectors.map((v) => [v.site, [...v.vector]]),
    Object.entries(json('control.json')).map(([layer, v]) => [`blocks.${layer}.hook_resid_post`, v]),
  );
  assert.deepEqual(vectors[0].metadata, { modelHint: 'llama' });
  const file = join(dir, 'control.gguf');
  writeControlVector(file, vectors, { nLayers: 3, dModel: 24, modelHint: 'llama' });
  assert.deepEqual(readFileSync(file), readFileSync(golden));
  assert.throws(() => readControlVector(golden, sizes), /tensor direction\.2 has no block; expected direction\.1 to/);
  const [{ vector, kind, metadata }] = vectors;
  const zero = { vector, kind, metadata, site: 'blocks.0.hook_resid_post' } as const;
  assert.throws(
    () => writeControlVector(file, [zero], { nLayers: 3, dModel: 24, modelHint: 'llama' }),
    /no place for site blocks\.0\.hook_resid_post; expected blocks\.1 to 2/,
  );
});

/** Bytes of a file, a few of them changed, cut anywhere. */
function mutations(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 });
  return fc.tuple(changes, fc.option(fc.nat(whole.length))).map(([list, cut]) => {
    const bytes = Uint8Array.from(whole);
    for (const [at, value] of list) bytes[at] = value;
    return bytes.slice(0, cut ?? whole.length);
  });
}

test('changed torch files: each reads as before or is refused by name', () => {
  const whole = Uint8Array.from(readFileSync(join(goldens, 'float32.pt')));
  const before = parseTorchTensor(whole, 'f.pt');
  fc.assert(
    fc.property(mutations(whole), (bytes) => {
      try {
        assert.deepEqual(parseTorchTensor(bytes, 'f.pt'), before);
      } catch (error) {
        assert.match((error as Error).message, /^readTorchTensor: f\.pt: .*expected/s);
      }
    }),
    { numRuns: fuzzRuns() },
  );
});

test('changed GGUF files: each reads or is refused by name', () => {
  const whole = Uint8Array.from(readFileSync(join(goldens, 'control.gguf')));
  fc.assert(
    fc.property(mutations(whole), (bytes) => {
      try {
        for (const { shape, data } of parseGguf(bytes, 'f.gguf').tensors.values())
          assert.equal(
            data.length,
            shape.reduce((a, b) => a * b, 1),
          );
      } catch (error) {
        assert.match((error as Error).message, /^readGguf: f\.gguf: .*expected/s);
      }
    }),
    { numRuns: fuzzRuns() },
  );
});

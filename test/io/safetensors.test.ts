import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { float16ToFloat32 } from 'traitlab/io/float16';
import { readJsonl, writeJsonl } from 'traitlab/io/jsonl';
import { readSafetensors, writeSafetensors } from 'traitlab/io/safetensors';
import { writeFileAtomic } from 'traitlab/io/writeAtomic';
import { projectPath } from 'traitlab/io/projectPath';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();
const file = join(folder, 'x.safetensors');

/** A file with this header text and so many bytes of data. */
function write(header: string | Uint8Array, dataBytes: number, length?: bigint): void {
  const text = typeof header === 'string' ? Buffer.from(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  writeFileSync(file, bytes);
}
const entry = (dtype: string, shape: number[], offsets: number[]): object => ({ dtype, shape, data_offsets: offsets });

test('what is written is read back, metadata and empty tensors included', () => {
  const tensors = [
    { name: 'a', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, Infinity, 1e-40) },
    { name: 'none', dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
    { name: 'b', dtype: 'BF16', shape: [3], data: Uint16Array.of(0x3f80, 0xbf80, 0x4000) },
    { name: 'constructor', dtype: 'I32', shape: [], data: Int32Array.of(-7) },
  ] as const;
  writeSafetensors(file, tensors, { format: 'pt', kind: 'ünï' });
  const read = readSafetensors(file);
  assert.deepEqual(read.metadata, { format: 'pt', kind: 'ünï' });
  assert.deepEqual([...read.tensors.keys()], ['a', 'none', 'b', 'constructor']);
  assert.deepEqual(read.tensors.get('a')!.float32(), tensors[0].data);
  assert.deepEqual(read.tensors.get('none')!.float32(), tensors[1].data);
  assert.deepEqual(read.tensors.get('b')!.float32(), Float32Array.of(1, -1, 2));
  assert.deepEqual(read.tensors.get('constructor')!.int32(), tensors[3].data);
  assert.throws(() => read.tensors.get('a')!.int32(), /tensor a is F32; expected I32/);
  assert.throws(
    () => read.tensors.get('constructor')!.float32(),
    /tensor constructor is I32; expected F32, F16 or BF16/,
  );
});

test('half-precision words widen exactly', () => {
  const words = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x8000);
  const expected = [1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, Infinity, -Infinity, -0];
  assert.deepEqual([...float16ToFloat32(words)], expected);
  assert.ok(Number.isNaN(float16ToFloat32(Uint16Array.of(0x7e00))[0]));
});

test('a bad file is refused with one line that names it, the problem and what was expected', () => {
  const a = JSON.stringify('a');
  const cases: [string, () => void, RegExp][] = [
    ['empty', () => writeFileSync(file, ''), /0 bytes long; expected at least 8/],
    ['short', () => writeFileSync(file, '1234567'), /7 bytes long; expected at least 8/],
    ['header longer than the file', () => write('{}', 0, 3n), /header length 3 does not fit; expected at most 2/],
    [
      'header length beyond 2^63',
      () => write('{}', 0, 2n ** 64n - 1n),
      /header length 18446744073709551615 does not fit/,
    ],
    ['text', () => write('hello', 0), /header is not JSON; expected an object of tensors/],
    ['cut JSON', () => write('{"a":', 0), /header is not JSON/],
    ['a list', () => write('[]', 0), /header is not an object/],
    ['null', () => write('null', 0), /header is not an object/],
    ['not UTF-8', () => write(Uint8Array.of(0x7b, 0xff, 0x7d), 0), /header is not UTF-8/],
    ['deep', () => write('['.repeat(1e6), 0), /header is not JSON/],
    ['entry a number', () => write('{"a":3}', 0), /tensor a: not an object/],
    [
      'entry without shape',
      () => write('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4),
      /tensor a: invalid shape undefined/,
    ],
    [
      'entry with more',
      () => write(`{"a":${JSON.stringify({ ...entry('F32', [1], [0, 4]), strides: [1] })}}`, 4),
      /tensor a: unknown keys strides/,
    ],
    [
      'unknown dtype',
      () => write(`{${a}:${JSON.stringify(entry('F31', [1], [0, 4]))}}`, 4),
      /tensor a: unknown dtype "F31"; expected one of/,
    ],
    [
      'dtype of Object',
      () => write(`{${a}:${JSON.stringify(entry('toString', [1], [0, 4]))}}`, 4),
      /tensor a: unknown dtype "toString"/,
    ],
    [
      'negative size',
      () => write(`{${a}:${JSON.stringify(entry('F32', [-1], [0, 4]))}}`, 4),
      /tensor a: invalid shape \[-1\]/,
    ],
    ['fraction', () => write(`{${a}:${JSON.stringify(entry('F32', [0.5, 2], [0, 4]))}}`, 4), /tensor a: invalid shape/],
    [
      'huge shape',
      () => write(`{${a}:${JSON.stringify(entry('F32', [2 ** 52, 2 ** 52], [0, 4]))}}`, 4),
      /do not fit F32/,
    ],
    [
      'wrong bytes',
      () => write(`{${a}:${JSON.stringify(entry('F32', [2], [0, 4]))}}`, 4),
      /data_offsets \[0, 4\] do not fit F32 \[2\]; expected 8 bytes, got 4/,
    ],
    [
      'end before begin',
      () => write(`{${a}:${JSON.stringify(entry('F32', [1], [8, 4]))}}`, 8),
      /expected 4 bytes, got -4/,
    ],
    [
      'negative offset',
      () => write(`{${a}:${JSON.stringify(entry('F32', [1], [-4, 0]))}}`, 4),
      /invalid data_offsets \[-4,0\]/,
    ],
    [
      'beyond the file',
      () => write(`{${a}:${JSON.stringify(entry('F32', [2], [0, 8]))}}`, 4),
      /tensors end at byte 8 of the data; expected 4 \(the file is cut short\)/,
    ],
    ['bytes left over', () => write(`{${a}:${JSON.stringify(entry('F32', [1], [0, 4]))}}`, 8), /the file is too long/],
    [
      'overlap',
      () =>
        write(
          `{"a":${JSON.stringify(entry('F32', [2], [0, 8]))},"b":${JSON.stringify(entry('F32', [2], [4, 12]))}}`,
          12,
        ),
      /tensor b begins at byte 4; expected 8 \(a tensor overlaps it\)/,
    ],
    [
      'hole',
      () => write(`{"a":${JSON.stringify(entry('F32', [1], [4, 8]))}}`, 8),
      /tensor a begins at byte 4; expected 0 \(a hole lies before it\)/,
    ],
    [
      'a name twice',
      () =>
        write(
          `{"a":${JSON.stringify(entry('F32', [1], [0, 4]))}, "\\u0061" :${JSON.stringify(entry('F32', [1], [0, 4]))}}`,
          4,
        ),
      /tensor a appears twice; expected unique names/,
    ],
    ['metadata a number', () => write('{"__metadata__":{"step":3}}', 0), /__metadata__ is not a map of strings/],
  ];
  for (const [what, make, message] of cases) {
    make();
    assert.throws(() => readSafetensors(file), message, what);
    assert.throws(
      () => readSafetensors(file),
      /^Error: readSafetensors: [^\n]*x\.safetensors: [^\n]+; expected[^\n]*$|cut short|too long/,
      what,
    );
  }
  assert.throws(
    () => readSafetensors(join(folder, 'none')),
    /readSafetensors: .*none: no such file; expected a safetensors file/,
  );
  assert.throws(() => readSafetensors(folder), /readSafetensors: .*: [^\n]*expected[^\n]*$/);
});

test('all problems of a header come in one message', () => {
  write(`{"a":3,"b":${JSON.stringify(entry('F31', [1], [0, 4]))},"c":[]}`, 4);
  assert.throws(() => readSafetensors(file), /tensor a: .*; tensor b: .*; tensor c: /);
});

test('a mutated file is refused or still describes exactly its own bytes', () => {
  const whole = readFileSync(projectPath('test/goldens/llama/mqa-biased-sharded/model-00004-of-00004.safetensors'));
  const headerEnd = 8 + Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(headerEnd - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.nat(30),
      (edits, cut) => {
        const bytes = Uint8Array.from(cut < 25 ? whole : whole.subarray(0, whole.length - cut));
        for (const [at, value] of edits) bytes[at] = value;
        writeFileSync(file, bytes);
        let tensors;
        try {
          ({ tensors } = readSafetensors(file));
        } catch (error) {
          assert.match((error as Error).message, /^readSafetensors: .*x\.safetensors: .*/);
          return;
        }
        const total = [...tensors.values()].reduce((sum, t) => sum + t.bytes().length, 0);
        assert.equal(total, bytes.length - 8 - Number(new DataView(bytes.buffer).getBigUint64(0, true)));
      },
    ),
    { numRuns: 2000, seed: 5 },
  );
});

test('the writer refuses what does not fit, and leaves the old file', () => {
  writeFileSync(file, 'old');
  const bad = [
    { name: 'a', dtype: 'F32', shape: [2], data: new Float32Array(3) },
    { name: 'a', dtype: 'F32', shape: [3], data: new Float32Array(3) },
  ] as const;
  assert.throws(
    () => writeSafetensors(file, bad),
    /writeSafetensors: .*x\.safetensors: tensor a: 12 bytes of data; expected 8 for F32 \[2\]; tensor a given twice; expected unique names/,
  );
  assert.equal(readFileSync(file, 'utf8'), 'old');
});

test('an interrupted write leaves the old file and nothing else', () => {
  const target = join(folder, 'atomic', 'y.txt');
  writeFileAtomic(target, 'old');
  const pieces = function* (): Generator<string> {
    yield 'new';
    throw new Error('stop');
  };
  assert.throws(() => writeFileAtomic(target, pieces()), /y\.txt: stop/);
  assert.equal(readFileSync(target, 'utf8'), 'old');
  assert.deepEqual(readdirSync(join(folder, 'atomic')), ['y.txt']);
});

test('JSON lines come back with the place of each; a bad line is named', () => {
  const path = join(folder, 'z.jsonl');
  writeJsonl(path, [{ a: 1 }, 'two\nlines']);
  assert.deepEqual(
    readJsonl('test', path).map(({ value }) => value),
    [{ a: 1 }, 'two\nlines'],
  );
  writeFileSync(path, '{"a":1}\r\n\n{"a":\n');
  assert.throws(
    () => readJsonl('test', path),
    /^Error: test: .*z\.jsonl:3: not JSON \([^\n]*\); expected a JSON document$/,
  );
  assert.throws(() => readJsonl('test', join(folder, 'none.jsonl')), /test: .*none\.jsonl: no such file/);
});

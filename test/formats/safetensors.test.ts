import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { float16ToFloat32 } from 'traitlab/formats/float16';
import { readJsonl, writeJsonl } from 'traitlab/documents/jsonl';
import { readSafetensors, writeSafetensors } from 'traitlab/formats/safetensors';
import { writeFileAtomic } from 'traitlab/disk/writeAtomic';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { MemoryFolder, spliceBytes } from '../helpers/memoryFolder';
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

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A small file of four dtypes; no byte of its data can stand in JSON. */
const small: Record<string, unknown> = {
  __metadata__: { format: 'pt', site: 'hook_embed' },
  a: entry('F32', [2, 3], [0, 24]),
  b: entry('BF16', [4], [24, 32]),
  c: entry('F16', [3, 1], [32, 38]),
  d: entry('I32', [], [38, 42]),
};

/** The bytes of a file with this header and so much data; `extraLength` is added to the header's length. */
function smallFile(header: string, dataBytes = 42, extraLength = 0): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + dataBytes).fill(0xab);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length + extraLength), true);
  bytes.set(Buffer.from(header), 8);
  return bytes;
}

test('files with changed bytes: each is refused by name or describes exactly its own bytes', async () => {
  const memory = new MemoryFolder();
  const path = memory.path('x.safetensors');
  const whole = smallFile(JSON.stringify(small));
  const at = fc.nat(whole.length - 1);
  const changed = fc
    .tuple(
      fc.array(fc.tuple(at, fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789[]{}",: ')))), {
        maxLength: 4,
      }),
      fc.option(fc.tuple(at, fc.nat(12), fc.uint8Array({ maxLength: 12 })), { freq: 2 }), // a piece in the place of another
      fc.option(fc.nat(whole.length), { freq: 2 }),
    )
    .map(([edits, piece, cut]) => {
      const bytes = Uint8Array.from(whole);
      for (const [i, value] of edits) bytes[i] = value;
      const spliced = piece === null ? bytes : spliceBytes(bytes, ...piece);
      return cut === null ? spliced : spliced.subarray(0, cut);
    });
  let nRead = 0;
  await memory.use(() =>
    fc.assert(
      fc.property(changed, (bytes) => {
        memory.fill({ 'x.safetensors': bytes });
        let tensors;
        try {
          ({ tensors } = readSafetensors(path));
        } catch (error) {
          assert.ok((error as Error).message.startsWith(`readSafetensors: ${path}: `), String(error));
          assert.ok((error as Error).constructor === Error, String(error));
          return;
        }
        nRead++;
        const headerEnd = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        const header = JSON.parse(Buffer.from(bytes.subarray(8, headerEnd)).toString()) as Record<string, Entry>;
        delete header.__metadata__;
        assert.deepEqual([...tensors.keys()].sort(), Object.keys(header).sort());
        let total = 0;
        for (const [name, tensor] of tensors) {
          const { dtype, shape, data_offsets: offsets } = header[name];
          assert.deepEqual([tensor.dtype, tensor.shape], [dtype, shape]);
          const raw = tensor.bytes();
          assert.deepEqual(
            Buffer.from(raw),
            Buffer.from(bytes.subarray(headerEnd + offsets[0], headerEnd + offsets[1])),
          );
          total += raw.length;
        }
        assert.equal(total, bytes.length - headerEnd, 'every byte of the data belongs to a tensor');
      }),
      { numRuns: fuzzRuns(), seed: 5 },
    ),
  );
  assert.ok(nRead > 0.01 * fuzzRuns() && nRead < 0.5 * fuzzRuns(), `${nRead} were read`);
});

test('files with a checked field changed: all are refused', async () => {
  const memory = new MemoryFolder();
  const path = memory.path('x.safetensors');
  const names = ['a', 'b', 'c', 'd'] as const;
  const bytesOf: Record<string, number> = { F32: 4, BF16: 2, F16: 2, I32: 4 };
  const product = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);
  const withEntry = (change: (old: Entry, name: string) => fc.Arbitrary<unknown>): fc.Arbitrary<Uint8Array> =>
    fc
      .constantFrom(...names)
      .chain((name) =>
        change(small[name] as Entry, name).map((value) => smallFile(JSON.stringify({ ...small, [name]: value }))),
      );
  const json = JSON.stringify(small);
  const size = fc.oneof(fc.nat(50), fc.integer(), fc.double(), fc.constantFrom(2 ** 53, -0.5, null, '3', true));
  const bad = fc.oneof(
    // Another dtype of another size, or none that there is.
    withEntry((old) =>
      fc
        .oneof(fc.string(), fc.constantFrom('F64', 'I64', 'U8', 'BOOL', 'F8_E4M3', 'f32', 'F128', 3, null))
        .filter(
          (dtype) =>
            !(dtype === 'F16' || dtype === 'BF16' || dtype === 'I16' || dtype === 'U16') || bytesOf[old.dtype] !== 2,
        )
        .filter((dtype) => !(dtype === 'F32' || dtype === 'I32' || dtype === 'U32') || bytesOf[old.dtype] !== 4)
        .map((dtype) => ({ ...old, dtype })),
    ),
    // Another number of elements.
    withEntry((old) =>
      fc
        .array(size, { maxLength: 4 })
        .filter(
          (shape) => product(shape as number[]) !== product(old.shape) || !shape.every((n) => Number.isInteger(n)),
        )
        .map((shape) => ({ ...old, shape })),
    ),
    // Another place.
    withEntry((old) =>
      fc
        .array(size, { maxLength: 3 })
        .filter((offsets) => JSON.stringify(offsets) !== JSON.stringify(old.data_offsets))
        .map((offsets) => ({ ...old, data_offsets: offsets })),
    ),
    // A key too many or too few, or no entry at all.
    withEntry((old) =>
      fc
        .string()
        .filter((key) => !(key in old))
        .map((key) => ({ ...old, [`${key}_`]: 1 })),
    ),
    withEntry((old) => fc.constantFrom('dtype', 'shape', 'data_offsets').map((key) => ({ ...old, [key]: undefined }))),
    withEntry(() => fc.jsonValue()),
    fc.constantFrom(...names).map((name) => smallFile(JSON.stringify({ ...small, [name]: undefined }))),
    fc.constantFrom(...names).map((name) => smallFile(json.replace('{', `{"${name}":${JSON.stringify(small[name])},`))),
    fc
      .jsonValue()
      .filter((v) => typeof v !== 'string')
      .map((v) => smallFile(JSON.stringify({ ...small, __metadata__: { format: v } }))),
    // More or fewer bytes than the tensors take, another length of the header.
    fc
      .nat(100)
      .filter((n) => n !== 42)
      .map((n) => smallFile(json, n)),
    fc
      .oneof(fc.integer({ min: -json.length, max: 60 }), fc.integer({ min: 0 }))
      .filter((n) => n !== 0)
      .map((n) => smallFile(json, 42, n)),
    fc.nat(smallFile(json).length - 1).map((n) => smallFile(json).subarray(0, n)),
  );
  memory.fill({ 'x.safetensors': smallFile(json) });
  await memory.use(() => {
    assert.equal(readSafetensors(path).tensors.size, 4);
    fc.assert(
      fc.property(bad, (bytes) => {
        memory.fill({ 'x.safetensors': bytes });
        assert.throws(
          () => readSafetensors(path),
          (error: Error) => error.message.startsWith(`readSafetensors: ${path}: `) && error.constructor === Error,
        );
      }),
      { numRuns: fuzzRuns(), seed: 7 },
    );
  });
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
    /^Error: test: .*z\.jsonl:3: not JSON \([^\n]*\); expected a JSON document a line$/,
  );
  assert.throws(() => readJsonl('test', join(folder, 'none.jsonl')), /test: .*none\.jsonl: no such file/);
});

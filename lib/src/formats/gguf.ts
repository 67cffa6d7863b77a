import { float16ToFloat32 } from './float16';
import { readWhole } from '../disk/readWhole';
import { writeFileAtomic } from '../disk/writeAtomic';

export type GgufValue = string | number | bigint | boolean | readonly GgufValue[];

/** A GGUF file with float tensors. */
export interface GgufFile {
  readonly metadata: Readonly<Record<string, GgufValue>>;
  /** Shapes outermost axis first, as elsewhere here (GGUF itself lists the innermost first). */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

const itemBytes: Readonly<Record<number, number>> = { 0: 4, 1: 2 };

/** Reads a GGUF file, version 2 or 3, with F32 and F16 tensors.
 *
 * @throws Error naming the file and what is wrong with it
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readGguf(path: string): GgufFile {
  return parseGguf(readWhole('readGguf', path), path);
}

/** As `readGguf`, from the bytes of the file.
 *
 * @param path  for messages
 * @throws Error naming the file
 */
export function parseGguf(bytes: Uint8Array, path: string): GgufFile {
  const fail = (problem: string): never => {
    throw new Error(`readGguf: ${path}: ${problem}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const skip = (n: number): number => {
    if (!(n <= bytes.length - at)) fail(`ends at byte ${bytes.length}; expected ${at + n} or more`);
    at += n;
    return at - n;
  };
  const u32 = (): number => view.getUint32(skip(4), true);
  const u64 = (): number => {
    const value = Number(view.getBigUint64(skip(8), true));
    return Number.isSafeInteger(value) ? value : fail(`a size of ${value}; expected one that fits the file`);
  };
  const text = (): string => {
    const length = u64();
    const start = skip(length);
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  };
  const scalars: Record<number, () => GgufValue> = {
    0: () => view.getUint8(skip(1)),
    1: () => view.getInt8(skip(1)),
    2: () => view.getUint16(skip(2), true),
    3: () => view.getInt16(skip(2), true),
    4: u32,
    5: () => view.getInt32(skip(4), true),
    6: () => view.getFloat32(skip(4), true),
    7: () => view.getUint8(skip(1)) !== 0,
    8: text,
    10: () => view.getBigUint64(skip(8), true),
    11: () => view.getBigInt64(skip(8), true),
    12: () => view.getFloat64(skip(8), true),
  };
  const value = (type: number, depth = 0): GgufValue => {
    if (type === 9 && depth < 4) {
      const [inner, count] = [u32(), u64()];
      if (count > bytes.length - at) fail(`a list of ${count}; expected one that fits the file`);
      return Array.from({ length: count }, () => value(inner, depth + 1));
    }
    return Object.hasOwn(scalars, type) ? scalars[type]() : fail(`value type ${type}; expected 0 to 12`);
  };

  if (bytes.length < 24 || u32() !== 0x46554747) fail('does not begin with GGUF; expected a GGUF file');
  const version = u32();
  if (version !== 2 && version !== 3) fail(`version ${version}; expected 2 or 3`);
  const [nTensors, nValues] = [u64(), u64()];
  const metadata: Record<string, GgufValue> = {};
  for (let i = 0; i < nValues; i++) {
    const key = text();
    if (Object.hasOwn(metadata, key)) fail(`key ${key} appears twice; expected unique keys`);
    Object.defineProperty(metadata, key, { value: value(u32()), enumerable: true });
  }
  const entries: { name: string; shape: number[]; type: number; offset: number }[] = [];
  for (let i = 0; i < nTensors; i++) {
    const name = text();
    const nDims = u32();
    if (nDims > 4) fail(`tensor ${name} has ${nDims} axes; expected at most 4`);
    const shape = Array.from({ length: nDims }, u64).reverse();
    const [type, offset] = [u32(), u64()];
    if (!Object.hasOwn(itemBytes, type)) fail(`tensor ${name} has type ${type}; expected 0 (F32) or 1 (F16)`);
    entries.push({ name, shape, type, offset });
  }
  const alignment = metadata['general.alignment'] ?? 32;
  if (typeof alignment !== 'number' || !(alignment >= 1 && alignment <= 2 ** 20) || !Number.isInteger(alignment))
    return fail(`general.alignment is ${JSON.stringify(String(alignment))}; expected a whole number from 1`);
  const start = Math.ceil(at / alignment) * alignment;
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const { name, shape, type, offset } of entries) {
    const begin = start + offset;
    const length = shape.reduce((a, b) => a * b, 1) * itemBytes[type];
    if (!(begin + length <= bytes.length))
      fail(`tensor ${name} ends at byte ${begin + length}; expected at most ${bytes.length}`);
    if (tensors.has(name)) fail(`tensor ${name} appears twice; expected unique names`);
    const { buffer } = bytes.slice(begin, begin + length);
    tensors.set(name, {
      shape,
      data: type === 0 ? new Float32Array(buffer) : float16ToFloat32(new Uint16Array(buffer)),
    });
  }
  return { metadata, tensors };
}

/** Writes a GGUF file, version 3, F32 tensors aligned to 32 bytes; whole or not at all.
 *
 * @param metadata  texts, and whole numbers (written as UINT32)
 */
export function writeGguf(
  path: string,
  metadata: Readonly<Record<string, string | number>>,
  tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[],
): void {
  const u32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
  const u64 = (n: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
  const text = (s: string): Buffer => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);
  const padding = (n: number): Buffer => Buffer.alloc((32 - (n % 32)) % 32);
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)];
  for (const [key, v] of Object.entries(metadata))
    head.push(text(key), ...(typeof v === 'string' ? [u32(8), text(v)] : [u32(4), u32(v)]));
  let offset = 0;
  const body: Uint8Array[] = [];
  for (const { name, shape, data } of tensors) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length)
      throw new Error(`writeGguf: ${path}: tensor ${name} has ${data.length} values; expected [${shape.join(' ')}]`);
    head.push(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(0), u64(offset));
    const pad = padding(data.byteLength);
    body.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pad);
    offset += data.byteLength + pad.length;
  }
  const header = Buffer.concat(head);
  writeFileAtomic(path, [header, padding(header.length), ...body]);
}

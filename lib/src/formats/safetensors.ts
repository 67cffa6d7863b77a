import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileProblem } from '../disk/fileProblem';
import { bfloat16ToFloat32 } from './bfloat16';
import { float16ToFloat32 } from './float16';
import { dtypeBytes, parseSafetensorsHeader, type HeaderEntry } from './safetensorsHeader';
import { writeFileAtomic } from '../disk/writeAtomic';

/** One stored tensor; its bytes are read when asked for. */
export interface StoredTensor {
  /** The file it lies in. */
  readonly path: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** How many bytes it takes on disk. */
  readonly byteLength: number;
  /** Raw little-endian bytes from `begin` to before `end` (default all), in a new buffer. */
  bytes(begin?: number, end?: number): Uint8Array;
  /** Values as float32 (from F32, F16 or BF16; anything else throws). */
  float32(): Float32Array;
  /** Values as int32 (from I32 only). */
  int32(): Int32Array;
}

export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const longestHeader = 100_000_000;

/** Opens a safetensors file: reads and checks its header, leaves the tensors on disk.
 *
 * @throws Error naming the file and everything wrong with its header
 */
export function readSafetensors(path: string): SafetensorsFile {
  const { header, dataStart } = withFile(path, (fd) => {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(`readSafetensors: ${path}: not a file; expected a safetensors file`);
    const { size } = stat;
    if (size < 8) throw new Error(`readSafetensors: ${path}: ${size} bytes long; expected at least 8`);
    const length = new DataView(readBytes(fd, 0, 8, path).buffer).getBigUint64(0, true);
    if (length > BigInt(Math.min(longestHeader, size - 8))) {
      throw new Error(
        `readSafetensors: ${path}: header length ${length} does not fit; expected at most ${Math.min(longestHeader, size - 8)}`,
      );
    }
    const dataStart = 8 + Number(length);
    const text = decodeHeader(readBytes(fd, 8, Number(length), path), path);
    return { header: parseSafetensorsHeader(text, size - dataStart, path), dataStart };
  });
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of header.entries) tensors.set(name, storedTensor(path, name, entry, dataStart));
  return { path, metadata: header.metadata, tensors };
}

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: 'F32' | 'BF16' | 'I32';
  readonly shape: readonly number[];
  /** Float32Array for F32, Uint16Array (bfloat16 words) for BF16, Int32Array for I32. */
  readonly data: Float32Array | Uint16Array | Int32Array;
}

/** Writes a safetensors file, whole or not at all; tensors are laid out in the order given.
 *
 * @throws Error if a name is used twice or data and shape do not fit; all such problems at once
 */
export function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): void {
  const problems: string[] = [];
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let at = 0;
  for (const { name, dtype, shape, data } of tensors) {
    if (Object.hasOwn(header, name)) problems.push(`tensor ${name} given twice; expected unique names`);
    const bytes = shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype];
    if (bytes !== data.byteLength)
      problems.push(
        `tensor ${name}: ${data.byteLength} bytes of data; expected ${bytes} for ${dtype} [${shape.join(' ')}]`,
      );
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  if (problems.length > 0) throw new Error(`writeSafetensors: ${path}: ${problems.join('; ')}`);
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(Buffer.byteLength(text)), true);
  const bytesOf = ({ data }: TensorToWrite): Uint8Array =>
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  writeFileAtomic(path, [length, text, ...tensors.map(bytesOf)]);
}

function storedTensor(
  path: string,
  name: string,
  { dtype, shape, begin, end }: HeaderEntry,
  dataStart: number,
): StoredTensor {
  const bytes = (from = 0, to = end - begin): Uint8Array => {
    if (!(from >= 0 && from <= to && to <= end - begin))
      throw new Error(
        `readSafetensors: ${path}: tensor ${name} has no bytes ${from} to ${to}; expected 0 to ${end - begin}`,
      );
    return withFile(path, (fd) => readBytes(fd, dataStart + begin + from, to - from, path));
  };
  const refuse = (wanted: string): never => {
    throw new Error(`readSafetensors: ${path}: tensor ${name} is ${dtype}; expected ${wanted}`);
  };
  return {
    path,
    name,
    dtype,
    shape,
    byteLength: end - begin,
    bytes,
    float32: () => {
      const raw = bytes();
      if (dtype === 'F32') return new Float32Array(raw.buffer);
      if (dtype === 'BF16') return bfloat16ToFloat32(new Uint16Array(raw.buffer));
      if (dtype === 'F16') return float16ToFloat32(new Uint16Array(raw.buffer));
      return refuse('F32, F16 or BF16');
    },
    int32: () => (dtype === 'I32' ? new Int32Array(bytes().buffer) : refuse('I32')),
  };
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new Error(`readSafetensors: ${path}: ${fileProblem(error)}; expected a safetensors file`);
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function decodeHeader(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`readSafetensors: ${path}: header is not UTF-8; expected a JSON object of tensors`);
  }
}

/** Reads exactly `length` bytes into a buffer of its own (one read call takes less than 2 GiB). */
function readBytes(fd: number, position: number, length: number, path: string): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const got = readSync(fd, out, at, Math.min(2 ** 30, length - at), position + at);
    if (got === 0)
      throw new Error(`readSafetensors: ${path}: file ends at byte ${position + at}; expected ${position + length}`);
    at += got;
  }
  return out;
}

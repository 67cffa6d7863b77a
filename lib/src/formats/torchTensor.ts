import { bfloat16ToFloat32 } from './bfloat16';
import { float16ToFloat32 } from './float16';
import { readWhole } from '../disk/readWhole';
import { readTensorPickle } from './tensorPickle';
import { writeFileAtomic } from '../disk/writeAtomic';
import { readZipEntries, zipPieces } from './zipEntries';

/** A tensor of a torch.save file, row-major, as float32. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const itemBytes: Readonly<Record<string, number>> = {
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  DoubleStorage: 8,
};

/** Reads a file of `torch.save(tensor)`: one plain tensor of float32, float16, bfloat16 or float64.
 *
 * Its pickle is read by a reader that knows tensors only; anything else in it is refused, so no code of the file runs.
 *
 * @throws Error naming the file if it is damaged or holds anything but one such tensor
 */
export function readTorchTensor(path: string): TorchTensor {
  return parseTorchTensor(readWhole('readTorchTensor', path), path);
}

/** As `readTorchTensor`, from the bytes of the file.
 *
 * @param path  for messages
 * @throws Error naming the file
 */
export function parseTorchTensor(bytes: Uint8Array, path: string): TorchTensor {
  const fail = (problem: string): never => {
    throw new Error(`readTorchTensor: ${path}: ${problem}`);
  };
  const entries = readZipEntries(bytes, fail);
  const pickles = [...entries.keys()].filter((name) => name.endsWith('/data.pkl'));
  if (pickles.length !== 1) fail(`${pickles.length} entries data.pkl; expected one`);
  const folder = pickles[0].slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== 'little')
    fail('byte order is not little; expected little');
  const tensor = readTensorPickle(entries.get(pickles[0])!, fail);
  const stored = entries.get(`${folder}data/${tensor.key}`) ?? fail(`no entry data/${tensor.key}; expected the values`);
  const values = decode(stored, tensor.storage, fail);
  const { shape, strides, offset } = tensor;
  const size = shape.reduce((a, b) => a * b, 1);
  const last = offset + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i], 0);
  if (size > values.length || (size > 0 && last >= values.length))
    fail(`tensor [${shape.join(' ')}] does not fit its storage; expected at most ${values.length} values`);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let at = offset;
    for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
      at += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    data[i] = values[at];
  }
  return { shape, data };
}

/** Writes a float32 tensor as `torch.save` does, so that `torch.load` (weights_only too) reads it; whole or not at all.
 *
 * @throws Error if data and shape do not fit
 */
export function writeTorchTensor(path: string, { shape, data }: TorchTensor): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== data.length)
    throw new Error(`writeTorchTensor: ${path}: ${data.length} values; expected ${size} for [${shape.join(' ')}]`);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const pickle = Buffer.concat([
    Buffer.from('\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((', 'latin1'),
    text('storage'),
    Buffer.from('ctorch\nFloatStorage\n'),
    text('0'),
    text('cpu'),
    integer(size),
    Buffer.from('tQK\0'),
    Buffer.concat([
      Buffer.from('('),
      ...shape.map(integer),
      Buffer.from('t('),
      ...strides.map(integer),
      Buffer.from('t'),
    ]),
    Buffer.from('\x89ccollections\nOrderedDict\n)RtR.', 'latin1'),
  ]);
  const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const entries: [string, Uint8Array][] = [
    ['archive/data.pkl', pickle],
    ['archive/byteorder', Buffer.from('little')],
    ['archive/data/0', values],
    ['archive/version', Buffer.from('3\n')],
  ];
  writeFileAtomic(path, zipPieces(entries));
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from('X'), word(value.length), Buffer.from(value)]);
}

function integer(value: number): Buffer {
  return Buffer.concat([Buffer.from('J'), word(value)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function decode(stored: Uint8Array, storage: string, fail: (problem: string) => never): Float32Array | Float64Array {
  const size = itemBytes[storage];
  if (stored.length % size !== 0) fail(`${stored.length} bytes of values; expected a multiple of ${size}`);
  const { buffer } = stored.slice();
  if (storage === 'FloatStorage') return new Float32Array(buffer);
  if (storage === 'DoubleStorage') return new Float64Array(buffer);
  if (storage === 'HalfStorage') return float16ToFloat32(new Uint16Array(buffer));
  return bfloat16ToFloat32(new Uint16Array(buffer));
}

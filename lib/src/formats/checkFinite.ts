import type { StoredTensor } from './safetensors';

/** Refuses weights that are NaN or infinite: whatever is computed with them would be, too.
 *
 * @param where   function named in the message
 * @param tensor  where the values come from
 * @param values  float32 numbers, or bfloat16 words
 * @throws Error naming file, tensor and place
 */
export function checkFinite(
  where: string,
  { path, name, shape }: Pick<StoredTensor, 'path' | 'name' | 'shape'>,
  values: Float32Array | Uint16Array,
): void {
  const at = values instanceof Float32Array ? firstBadFloat(values) : firstBadBfloat16(values);
  if (at < 0) return;
  const isNan = values instanceof Float32Array ? Number.isNaN(values[at]) : (values[at] & 0x7f) !== 0;
  const place = shape.map((size, axis) => Math.floor(at / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % size);
  throw new Error(
    `${where}: ${path}: ${name} is ${isNan ? 'NaN' : 'infinite'} at [${place.join(' ')}]; expected finite numbers`,
  );
}

/** Index of the first number whose exponent has all bits set, or -1. */
function firstBadFloat(values: Float32Array): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = firstBadBlock(bits, 0x7f800000, 0x00800000); i < bits.length; i++)
    if ((bits[i] & 0x7f800000) === 0x7f800000) return i;
  return -1;
}

/** The same of bfloat16 words, two at a time. */
function firstBadBfloat16(words: Uint16Array): number {
  const isAligned = words.byteOffset % 4 === 0;
  const pairs = isAligned ? new Int32Array(words.buffer, words.byteOffset, words.length >> 1) : new Int32Array();
  for (let i = 2 * firstBadBlock(pairs, 0x7f807f80, 0x00800080); i < words.length; i++)
    if ((words[i] & 0x7f80) === 0x7f80) return i;
  return -1;
}

/** Where the first block of words begins in which an exponent is full, or their end; quick, as a model has billions.
 *
 * @param mask  the bits of the exponents
 * @param one   their lowest bits: added to a full exponent, it sets the sign's bit
 */
function firstBadBlock(bits: Int32Array, mask: number, one: number): number {
  const size = 4096;
  const carry = (mask + one) | 0;
  for (let start = 0; start < bits.length; start += size) {
    const end = Math.min(start + size, bits.length);
    let full = 0;
    for (let i = start; i < end; i++) full |= ((bits[i] & mask) + one) & carry;
    if (full !== 0) return start;
  }
  return bits.length;
}

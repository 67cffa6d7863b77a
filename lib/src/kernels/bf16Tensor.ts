import * as tf from '@tensorflow/tfjs';
import { bfloat16ToFloat32 } from '../formats/bfloat16';
import { hasBody, runBody } from './dispatch';

/** A frozen weight kept as bfloat16: half the memory of float32, converted while it is used. */
export interface Bf16Tensor {
  readonly kind: 'bf16';
  /** The logical shape, as a float32 tensor would have it. */
  readonly shape: readonly number[];
  /** int32 words, two bfloat16 each (the first in the low half), flat row-major; an odd count is padded with 0. */
  readonly packed: tf.Tensor1D;
}

/** A model weight: a float32 tensor, or a frozen bfloat16 one. */
export type Weight = tf.Tensor | Bf16Tensor;

/** True for a `Bf16Tensor`. */
export function isBf16(weight: Weight): weight is Bf16Tensor {
  return (weight as Bf16Tensor).kind === 'bf16';
}

/** Rounds float32 values to bfloat16 (nearest, ties to even; NaN stays NaN).
 *
 * @param values  float32 numbers
 * @returns one 16-bit word per value
 */
export function packBf16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const isNan = (b & 0x7fffffff) > 0x7f800000;
    words[i] = isNan ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return words;
}

/** Places bfloat16 words on the current backend.
 *
 * @param words  bfloat16 values, row-major
 * @param shape  logical shape
 * @throws Error if the number of words is not the product of the shape
 */
export function bf16Tensor(words: Uint16Array, shape: readonly number[]): Bf16Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  if (words.length !== size) {
    throw new Error(
      `bf16Tensor: wrong number of words; expected ${size} for shape [${shape.join(' ')}], got ${words.length}`,
    );
  }
  let aligned = words;
  if (size % 2 !== 0 || words.byteOffset % 4 !== 0) {
    aligned = new Uint16Array(size + (size % 2));
    aligned.set(words);
  }
  const packed = tf.tensor1d(new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 2), 'int32');
  return { kind: 'bf16', shape: [...shape], packed };
}

/** Widens a bfloat16 weight to a float32 tensor of the same shape (exact).
 *
 * @returns a new tensor `shape`
 */
export function bf16ToFloat32(weight: Bf16Tensor): tf.Tensor {
  if (hasBody('TraitBf16ToFloat32')) {
    return runBody('TraitBf16ToFloat32', { packed: weight.packed }, { shape: [...weight.shape] })[0];
  }
  return bf16ToFloat32Reference(weight);
}

/** The definition of `bf16ToFloat32`. */
export function bf16ToFloat32Reference(weight: Bf16Tensor): tf.Tensor {
  const packed = weight.packed.dataSync<'int32'>();
  const size = weight.shape.reduce((a, b) => a * b, 1);
  const words = new Uint16Array(packed.buffer, packed.byteOffset, size);
  return tf.tensor(bfloat16ToFloat32(words), [...weight.shape], 'float32');
}

/** A weight as a float32 tensor: itself, or its widened copy.
 *
 * For references, which run inside tf.tidy; elsewhere the caller cannot know whether it owns the result.
 */
export function asFloat32(weight: Weight): tf.Tensor {
  return isBf16(weight) ? bf16ToFloat32(weight) : weight;
}

/** Frees a weight's memory. */
export function disposeWeight(weight: Weight): void {
  if (isBf16(weight)) weight.packed.dispose();
  else weight.dispose();
}

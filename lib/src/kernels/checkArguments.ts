import type * as tf from '@tensorflow/tfjs';
import { valuesAreNear } from './dispatch';

/** Checks the dtype of every argument.
 *
 * @throws Error naming the function, the argument, the expected and the actual dtype
 */
export function checkDtype(
  where: string,
  dtype: 'float32' | 'int32',
  args: Record<string, tf.Tensor | undefined>,
): void {
  for (const [name, tensor] of Object.entries(args)) {
    if (tensor !== undefined && tensor.dtype !== dtype) {
      throw new Error(`${where}: ${name} has the wrong dtype; expected ${dtype}, got ${tensor.dtype}`);
    }
  }
}

/** Checks that every id lies in [0, bound), on backends whose memory can be read at once.
 *
 * @throws Error naming the first id that does not
 */
export function checkIds(where: string, name: string, ids: tf.Tensor, bound: number): void {
  if (!valuesAreNear()) return;
  const values = ids.dataSync();
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0 && values[i] < bound)) {
      throw new Error(
        `${where}: ${name} out of range at index ${i}; expected an id in [0, ${bound - 1}], got ${values[i]}`,
      );
    }
  }
}

/** Checks that a number is finite and in [lo, hi].
 *
 * @throws Error naming the function, the argument and the range
 */
export function checkRange(where: string, name: string, value: number, lo: number, hi: number): void {
  if (!(lo <= value && value <= hi && Number.isFinite(value))) {
    throw new Error(`${where}: ${name} out of range; expected a number in [${lo}, ${hi}], got ${value}`);
  }
}

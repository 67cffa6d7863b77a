import * as tf from '@tensorflow/tfjs';
import type { ModelConfig } from './modelConfig';
import { ropeTable } from './ropeTable';

/** The rotary angles one forward pass needs. */
export interface RotaryPositions {
  /** `[n dHead/2]`. */
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
  /** `[batch pos]` int32: the row of the table for each token. */
  readonly positions: tf.Tensor2D;
}

/** Positions count from the first real token of each row; padding gets the first row, which nothing reads. */
export function rotaryPositions(
  config: ModelConfig,
  padding: readonly number[],
  offset: number,
  pos: number,
): RotaryPositions {
  const first = Math.max(0, offset - Math.max(0, ...padding));
  const count = offset + pos - first;
  const { cos, sin } = ropeTable(config, first, count);
  const rows = new Int32Array(padding.length * pos);
  padding.forEach((pad, b) => {
    for (let p = 0; p < pos; p++) rows[b * pos + p] = Math.max(0, offset + p - pad - first);
  });
  const shape: [number, number] = [count, config.dHead / 2];
  return {
    cos: tf.tensor2d(cos, shape),
    sin: tf.tensor2d(sin, shape),
    positions: tf.tensor2d(rows, [padding.length, pos], 'int32'),
  };
}

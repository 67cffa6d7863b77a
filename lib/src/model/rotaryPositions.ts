import * as tf from '@tensorflow/tfjs';
import type { KvCache } from './kvCache';
import type { ModelConfig, Rope } from './modelConfig';
import { ropeTable } from './ropeTable';

/** The rotary angles one forward pass needs. */
export interface RotaryPositions {
  /** `[n rotarySize/2]`. */
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
  /** `[batch pos]` int32, or `[1 n]` of n places: the row of the table for each token. */
  readonly positions: tf.Tensor2D;
}

/** Positions count from the first real token of each row; padding gets the first row, which nothing reads.
 *
 * Under `longrope` each row of the batch takes the factors of its own length, whatever rows it shares the batch with;
 * tokens after those that are run (`unseen`) and padding on the right count as length, as in transformers.
 *
 * @param places  only these, as row·pos + position
 */
export function rotaryPositions(
  rope: Rope & Pick<ModelConfig, 'rotarySize'>,
  padding: readonly number[],
  { offset, pos, unseen = 0, places }: { offset: number; pos: number; unseen?: number; places?: Int32Array },
): RotaryPositions {
  const first = Math.max(0, offset - Math.max(0, ...padding));
  const count = offset + pos - first;
  const long = padding.map((pad) => isLong(rope, offset + pos + unseen - pad));
  const kinds = [...new Set(long)];
  const tables = kinds.map((kind) => ropeTable(rope, { first, count, isLong: kind }));
  const rows = new Int32Array(padding.length * pos);
  padding.forEach((pad, b) => {
    const start = kinds.indexOf(long[b]) * count;
    for (let p = 0; p < pos; p++) rows[b * pos + p] = start + Math.max(0, offset + p - pad - first);
  });
  const table = (part: 'cos' | 'sin'): tf.Tensor2D => {
    const shape: [number, number] = [count, rope.rotarySize / 2];
    const each = tables.map((t) => tf.tensor2d(t[part], shape));
    return each.length === 1 ? each[0] : tf.concat(each, 0);
  };
  const positions =
    places === undefined
      ? tf.tensor2d(rows, [padding.length, pos], 'int32')
      : tf.tensor2d(
          places.map((place) => rows[place]),
          [1, places.length],
          'int32',
        );
  return { cos: table('cos'), sin: table('sin'), positions };
}

/** Whether going on to sequences of `span` positions makes what a cache holds void: `longrope` then turns all positions by
 * other factors, so the sequences have to be run again from their start.
 *
 * @check test/subject/generateTokens.test.ts
 */
export function outgrowsCache(rope: Rope, { length, span: before, padding = [] }: KvCache, span: number): boolean {
  return padding.some((pad) => length > pad && isLong(rope, before - pad) !== isLong(rope, span - pad));
}

/** What rows of a batch must share to turn the same position by the same angles: a text that differs where they do not. */
export function ropeKind(
  { ropeScaling, windowRope }: Pick<ModelConfig, 'ropeScaling' | 'windowRope'>,
  length: number,
): string {
  const ropes = [{ ropeScaling }, { ropeScaling: windowRope?.ropeScaling }];
  return ropes.map((rope) => (isLong(rope, length) ? 'long' : 'short')).join(' ');
}

function isLong({ ropeScaling }: Pick<Rope, 'ropeScaling'>, length: number): boolean {
  return ropeScaling?.kind === 'longrope' && length > ropeScaling.originalContext;
}

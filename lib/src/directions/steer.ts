import * as tf from '@tensorflow/tfjs';
import { addVector } from '../kernels/addVector';
import type { HookFn, HookPoint, Hooks } from '../model/hookSite';
import { promptEnds } from './promptEnds';
import { withVector } from './withVector';

/** Where along a sequence a vector is added.
 *
 * `all`: every token, prompt and response. `response`: the last prompt token and everything after it, which are the
 * positions that decide response tokens.
 */
export type SteerPositions = 'all' | 'response';

export interface SteerOptions {
  /** Blocks after which the vector is added. */
  layers: readonly number[];
  /** Multiplies the vector as given, raw or unit. */
  coeff: number;
  /** Default 'all'. */
  positions?: SteerPositions;
  /** Real tokens of each sample's prompt, in the order the samples are given to `forward`, `generate` or `capture`;
   * 'response' needs it where prompt and response come in one call. In generation the first call holds the prompt alone
   * and nothing need be given. */
  promptLengths?: readonly number[];
}

/** Hooks that add coeff · vector to the residual stream after the given blocks.
 *
 * They are a value: give them to `forward`, `generate` or `capture`, alone or merged with others.
 *
 * @param vector  [dModel] finite, residual-stream units or unit norm
 * @throws Error if the vector, the layers or coeff are not usable
 * @source arXiv 2506.11618, section 3.2 (all positions); arXiv 2507.21509 (response)
 * @check test/directions/steering.test.ts (cached decoding equals the full re-run under left padding)
 */
export function steer(
  vector: ArrayLike<number>,
  { layers, coeff, positions = 'all', promptLengths }: SteerOptions,
): Hooks {
  const values = Float32Array.from(vector);
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new Error('steer: vector is empty or not finite; expected dModel finite numbers');
  }
  if (!Number.isFinite(coeff)) throw new Error(`steer: invalid coeff; expected a finite number, got ${coeff}`);
  const bad = promptLengths?.find((n) => !(Number.isInteger(n) && n >= 1));
  if (bad !== undefined) throw new Error(`steer: invalid promptLengths; expected integers from 1, got ${bad}`);
  const add = withVector(values, (x, vector, at) =>
    addVector(x, vector, coeff, positions === 'all' ? undefined : responseMask(x.shape, at, promptLengths)),
  );
  return atBlocks('steer', layers, () => add);
}

/** The same hook, or one for each layer, after the given blocks. */
export function atBlocks(where: string, layers: readonly number[], hook: (layer: number) => HookFn): Hooks {
  if (
    layers.length === 0 ||
    !layers.every((l) => Number.isInteger(l) && l >= 0) ||
    new Set(layers).size < layers.length
  ) {
    throw new Error(`${where}: invalid layers; expected different integers of at least 0, got [${layers.join(' ')}]`);
  }
  return Object.fromEntries(layers.map((l) => [`blocks.${l}.hook_resid_post`, hook(l)]));
}

/** [batch pos] 1 from the last token of the prompt on, which decides the first of the response. */
function responseMask([batch, pos]: number[], at: HookPoint, promptLengths?: readonly number[]): tf.Tensor {
  const ends = promptEnds('steer', [batch, pos], at, promptLengths);
  const mask = Float32Array.from({ length: batch * pos }, (_, i) =>
    Number(at.offset + (i % pos) >= ends[Math.floor(i / pos)] - 1),
  );
  return tf.tensor2d(mask, [batch, pos]);
}

import type { Rng } from '../random/rng';
import { norm } from '../stats/dot';
import { Direction } from './direction';

/** A vector in a uniformly random direction: the control of every claim about a direction.
 *
 * @param like  [d] gives length and norm, so that the control is as strong as what it controls
 * @param rng   the source of randomness
 * @returns     [d] float64 with the norm of `like`; for the site and the model of a `like` that knows them, with
 *              `randomState` to draw it again (`restoreRng`)
 * @throws Error if `like` is zero or not finite
 * @source ours; the random control of arXiv 2506.11618 with its norm right (a Gaussian times ‖v‖ is √d times too long)
 */
export function randomVector(like: Direction, rng: Rng): Direction;
export function randomVector(like: ArrayLike<number>, rng: Rng): Float64Array;
export function randomVector(like: ArrayLike<number>, rng: Rng): Float64Array {
  const length = norm(like);
  if (!(length > 0 && length < Infinity)) {
    throw new Error(`randomVector: like has no length; expected a finite norm above 0, got ${length}`);
  }
  const randomState = JSON.stringify(rng.state());
  const v = Float64Array.from(like, () => rng.normal());
  const factor = length / norm(v);
  const values = v.map((x) => x * factor);
  if (!(like instanceof Direction)) return values;
  const { site, scale } = like;
  const facts = (): Direction['metadata'] => ({ ...like.metadata, like: like.kind, randomState });
  return new Direction(values, { site, kind: 'random', scale, facts });
}

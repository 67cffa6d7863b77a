import { cosine } from './cosine';
import { norm } from './dot';

/** A point of a path. */
export interface PathPoint {
  /** Of the training. */
  readonly step: number;
  /** [d] as a vector B, or several in a row. */
  readonly values: ArrayLike<number>;
}

/** How a path turns at a point. */
export interface LocalCosine {
  readonly step: number;
  /** −1 straight on, 0 a right angle, 1 back again. */
  readonly cosine: number;
  /** The longer of the two moves, before and after. */
  readonly stepNorm: number;
}

export interface LocalCosinesOptions {
  /** Steps of training (not checkpoints) to either side. */
  window: number;
  /** Points where both moves are shorter are left out (default 0): there a path's direction is noise. */
  leastStep?: number;
}

/** The local cosine of a path: cos(x(t−k) − x(t), x(t+k) − x(t)) at every step t that has a point k before and k after.
 *
 * @param path  in any order
 * @throws Error if a step stands twice, points differ in length, the window is not positive or fits nowhere
 * @source arXiv 2506.11613, section 4 and appendix F (k of 5, 10, 15; least step .0035, or .002)
 * @check test/stats/localCosines.test.ts (NumPy)
 */
export function localCosines(
  path: readonly PathPoint[],
  { window, leastStep = 0 }: LocalCosinesOptions,
): LocalCosine[] {
  if (!(window > 0)) throw new Error(`localCosines: invalid window; expected a number of steps above 0, got ${window}`);
  if (!(leastStep >= 0))
    throw new Error(`localCosines: invalid leastStep; expected a norm of at least 0, got ${leastStep}`);
  const at = new Map(path.map((point) => [point.step, point.values]));
  if (at.size < path.length) throw new Error('localCosines: a step stands twice; expected one point a step');
  const steps = [...at.keys()].sort((a, b) => a - b).filter((t) => at.has(t - window) && at.has(t + window));
  if (steps.length === 0)
    throw new Error(`localCosines: no step has points ${window} before and after; expected a window that fits ${path.length} points`); // prettier-ignore
  return steps.flatMap((step) => {
    const here = at.get(step)!;
    const moves = [step - window, step + window].map((t) => minus(at.get(t)!, here));
    const norms = moves.map(norm);
    const stepNorm = Math.max(...norms);
    if (stepNorm < leastStep || Math.min(...norms) === 0) return [];
    return [{ step, cosine: cosine(moves[0], moves[1]), stepNorm }];
  });
}

function minus(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length)
    throw new Error(`localCosines: points differ in length; expected ${b.length}, got ${a.length}`);
  return Float64Array.from(a, (x, i) => x - b[i]);
}

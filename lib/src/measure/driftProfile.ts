import { dot, norm } from '../stats/dot';
import { mean } from '../stats/mean';
import { meanRows } from '../stats/meanRows';

/** How far a finetune has moved a model along each trait. */
export interface DriftProfile {
  /** [k] fractions of the activation norm; times 100 is "% of N". */
  readonly z: readonly number[];
  /** N: mean over prompts of the activation's norm at step 0, residual-stream units. */
  readonly activationNorm: number;
  /** ‖mean(t) − mean(0)‖ / N: the whole drift, along the traits or not. */
  readonly magnitude: number;
}

/** Trait drift: z_k = (p_k(t) − p_k(0)) / N with p_k = mean over prompts of activation · direction_k.
 *
 * N is the mean of the per-prompt norms at step 0, not the norm of the mean, and the same for all steps.
 *
 * @param before      [prompt dModel] last-prompt-token activations at step 0
 * @param after       [prompt dModel] those of the same prompts at step t
 * @param directions  [k dModel] unit norm, from the base model
 * @throws Error if the prompts do not match or a direction has not norm 1
 * @source arXiv 2606.07631, section 3.2
 * @check test/goldens/measure (numpy)
 */
export function driftProfile(
  before: readonly ArrayLike<number>[],
  after: readonly ArrayLike<number>[],
  directions: readonly ArrayLike<number>[],
): DriftProfile {
  if (before.length !== after.length) {
    throw new Error(
      `driftProfile: before and after differ in length; expected ${before.length} prompts, got ${after.length}`,
    );
  }
  const activationNorm = mean(before.map((row) => norm(row)));
  return driftOfMeans(meanRows(before), meanRows(after), { directions, activationNorm });
}

/** Trait drift from the mean activations alone: z_k = (mean(t) − mean(0)) · direction_k / N.
 *
 * @param before  [dModel] mean over prompts at step 0
 * @param after   [dModel] mean over the same prompts at step t
 * @throws Error if a direction has not norm 1
 * @source arXiv 2606.07631, section 3.2
 */
export function driftOfMeans(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  {
    directions,
    activationNorm,
  }: { readonly directions: readonly ArrayLike<number>[]; readonly activationNorm: number },
): DriftProfile {
  checkUnit('driftProfile', directions);
  const move = Float64Array.from(after, (v, i) => v - before[i]);
  const z = directions.map((d) => dot(move, d) / activationNorm);
  return { z, activationNorm, magnitude: norm(move) / activationNorm };
}

/** Throws unless every direction has norm 1 within 1e-3. */
export function checkUnit(where: string, directions: readonly ArrayLike<number>[]): void {
  directions.forEach((d, k) => {
    const length = norm(d);
    if (!(Math.abs(length - 1) <= 1e-3)) {
      throw new Error(`${where}: direction ${k} is not a unit vector; expected norm 1, got ${length}`);
    }
  });
}

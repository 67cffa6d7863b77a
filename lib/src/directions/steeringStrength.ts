import { capture } from '../subject/capture';
import type { Prompt } from '../subject/encodePrompts';
import { withHooks, type Subject } from '../subject/model';
import { norm } from '../stats/dot';
import { nextTokenKl } from './nextTokenKl';
import { steer, type SteerPositions } from './steer';

export interface SteeringStrengthOptions {
  /** Block after which the vector is added. */
  layer: number;
  /** Default 'all'; on prompts alone 'response' is the last prompt token. */
  positions?: SteerPositions;
}

/** One steering strength in three units. */
export interface SteeringStrength {
  /** Multiplies the vector as given. */
  readonly coeff: number;
  /** coeff · ‖vector‖ over the mean norm of the unsteered residual stream there; has the sign of coeff. */
  readonly residualFraction: number;
  /** Mean over prompts of KL(unsteered ‖ steered) of the next token after the prompt, in nats. */
  readonly klBaseToSteered: number;
}

/** How strong a coefficient is on the prompts at hand: raw, as a fraction of the residual norm, and in nats.
 *
 * residualFraction = coeff · ‖v‖ / mean ‖x‖, x the residual stream after block `layer` at the steered positions of all
 * prompts, unsteered. With 'all' the first token counts too, whose norm is very large in many real models.
 * klBaseToSteered = mean over prompts of Σ p log(p/q), p without and q with steering, at the last prompt token.
 *
 * @param vector   [dModel] raw or unit
 * @param prompts  token lists, at least one
 * @throws Error if there are no prompts, or the vector, layer or coefficient is not usable
 * @source ours
 * @check test/directions/steeringStrength.test.ts
 */
export async function steeringStrength(
  model: Subject,
  prompts: readonly Prompt[],
  vector: ArrayLike<number>,
  { coeff, layer, positions = 'all' }: SteeringStrengthOptions & { coeff: number },
): Promise<SteeringStrength> {
  const hooks = steer(vector, { layers: [layer], coeff, positions });
  const residual = await meanResidualNorm('steeringStrength', model, prompts, vector, { layer, positions });
  const klOf = await nextTokenKl(model, prompts);
  return {
    coeff,
    residualFraction: (coeff * norm(vector)) / residual,
    klBaseToSteered: await klOf(withHooks(model, hooks)),
  };
}

/** The coefficient that makes coeff · vector a wanted fraction of the residual norm: the inverse of `steeringStrength`.
 *
 * coeff = fraction · mean ‖x‖ / ‖v‖, x as there.
 *
 * @param vector    [dModel] not zero, raw or unit
 * @param prompts   token lists, at least one
 * @throws Error if there are no prompts, the vector is zero or the fraction is not finite
 * @source ours
 * @check test/directions/steeringStrength.test.ts
 */
export async function coeffForFraction(
  model: Subject,
  prompts: readonly Prompt[],
  vector: ArrayLike<number>,
  { residualFraction, ...options }: SteeringStrengthOptions & { residualFraction: number },
): Promise<number> {
  const length = norm(vector);
  if (!Number.isFinite(residualFraction))
    throw new Error(`coeffForFraction: invalid residualFraction; expected a finite number, got ${residualFraction}`);
  if (!(length > 0 && length < Infinity))
    throw new Error(`coeffForFraction: vector has norm ${length}; expected a finite norm above 0`);
  return (residualFraction * (await meanResidualNorm('coeffForFraction', model, prompts, vector, options))) / length;
}

/** A coefficient that was looked for. */
export interface KlMatch {
  /** Multiplies the vector as given; above 0. */
  readonly coeff: number;
  /** What it gives, within the tolerance of what was asked for. */
  readonly klBaseToSteered: number;
}

export interface CoeffForKlOptions extends SteeringStrengthOptions {
  /** Mean KL(unsteered ‖ steered) of the next token, in nats, above 0. */
  kl: number;
  /** Relative to kl, default 0.01. */
  tolerance?: number;
}

/** The coefficient that changes the next token by so many nats, by bisection.
 *
 * From 1/16 of the residual norm it is doubled until the KL of `steeringStrength` is large enough, at most 12 times; between the last
 * two it is bisected. The KL is continuous, so that the interval holds a coefficient; where it is not monotone there may be others.
 *
 * @param vector   [dModel] raw or unit
 * @param prompts  at least one
 * @throws Error if no coefficient up to 256 residual norms reaches the KL, naming the largest it saw; as `coeffForFraction` for the rest
 * @source ours
 * @check test/directions/steeringStrength.test.ts
 */
export async function coeffForKl(
  model: Subject,
  prompts: readonly Prompt[],
  vector: ArrayLike<number>,
  { kl, tolerance = 0.01, ...options }: CoeffForKlOptions,
): Promise<KlMatch> {
  if (!(kl > 0 && kl < Infinity))
    throw new Error(`coeffForKl: invalid kl; expected a finite number above 0, got ${kl}`);
  if (!(tolerance > 0 && tolerance < 1))
    throw new Error(`coeffForKl: invalid tolerance; expected a number in (0, 1), got ${tolerance}`);
  const { layer, positions } = options;
  const first = await coeffForFraction(model, prompts, vector, { ...options, residualFraction: 1 / 16 });
  const klTo = await nextTokenKl(model, prompts);
  const klOf = (coeff: number): Promise<number> =>
    klTo(withHooks(model, steer(vector, { layers: [layer], coeff, positions })));
  let [low, high, reached, most] = [0, first, await klOf(first), 0];
  for (let doubled = 0; reached < kl; doubled++) {
    most = Math.max(most, reached);
    if (doubled === 12)
      throw new Error(`coeffForKl: no coefficient up to ${high} gives ${kl} nats; expected at most ${most}`);
    [low, high] = [high, 2 * high];
    reached = await klOf(high);
  }
  let best = { coeff: high, klBaseToSteered: reached };
  while (Math.abs(best.klBaseToSteered - kl) > tolerance * kl) {
    const middle = (low + high) / 2;
    if (!(low < middle && middle < high)) break;
    const found = await klOf(middle);
    best = { coeff: middle, klBaseToSteered: found };
    [low, high] = found < kl ? [middle, high] : [low, middle];
  }
  return best;
}

async function meanResidualNorm(
  where: string,
  model: Subject,
  prompts: readonly Prompt[],
  vector: ArrayLike<number>,
  { layer, positions = 'all' }: SteeringStrengthOptions,
): Promise<number> {
  const { nLayers, dModel } = model.config;
  const problems: string[] = [];
  if (prompts.length === 0) problems.push('no prompts; expected at least one');
  if (vector.length !== dModel) problems.push(`vector has ${vector.length} values; expected dModel=${dModel}`);
  if (!(Number.isInteger(layer) && layer >= 0 && layer < nLayers))
    problems.push(`invalid layer; expected 0 to ${nLayers - 1}, got ${layer}`);
  if (problems.length > 0) throw new Error(`${where}: ${problems.join('; ')}`);
  const site = `blocks.${layer}.hook_resid_post` as const;
  const rows = await capture(model, prompts, {
    sites: [site],
    positions: positions === 'all' ? 'all' : 'promptLast',
  });
  let sum = 0;
  let count = 0;
  for (const row of rows[site]) {
    for (let at = 0; at < row.length; at += dModel, count++) sum += norm(row.subarray(at, at + dModel));
  }
  return sum / count;
}

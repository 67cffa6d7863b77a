import { capture } from '../subject/capture';
import type { Prompt } from '../subject/encodePrompts';
import { withHooks, type Subject } from '../subject/model';
import { norm } from '../stats/dot';
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
  const look = { sites: ['logits'], positions: 'promptLast' } as const;
  const base = await capture(model, prompts, look);
  const steered = await capture(withHooks(model, hooks), prompts, look);
  const kl = base.logits.map((row, i) => divergence(row, steered.logits[i]));
  return {
    coeff,
    residualFraction: (coeff * norm(vector)) / residual,
    klBaseToSteered: kl.reduce((a, b) => a + b, 0) / kl.length,
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

/** KL(p ‖ q) in nats of the distributions of two rows of logits. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  return Math.max(
    0,
    logP.reduce((sum, lp, i) => sum + Math.exp(lp) * (lp - logQ[i]), 0),
  );
}

function logSoftmax(row: Float32Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return Float64Array.from(row, (x) => x - top - Math.log(total));
}

import { randomVector } from '../directions/randomVector';
import { steer, type SteerPositions } from '../directions/steer';
import { coeffForFraction, coeffForKl } from '../directions/steeringStrength';
import { rng } from '../random/rng';
import { keyOf } from '../records/keyOf';
import type { Prompt } from '../subject/encodePrompts';
import { withHooks, type Subject } from '../subject/model';
import type { Variant } from './variantOutcomes';

/** What an amount of steering is counted in: times the vector; times the mean norm of the residual stream; nats of KL of the next token. */
export type SteeringUnit = 'raw' | 'fraction' | 'kl';

/** One steered model. */
export interface SteeringFacts {
  /** Block after which the vector is added. */
  readonly layer: number;
  readonly unit: SteeringUnit;
  readonly amount: number;
  /** What the amount comes to: multiplies the vector. */
  readonly coeff: number;
  /** Number of the random vector that is added instead. */
  readonly control?: number;
}

export interface SteeringVariantsOptions {
  unit: SteeringUnit;
  amounts: readonly number[];
  /** On which fraction and KL are measured. */
  prompts?: readonly Prompt[];
  /** Default 'all'. */
  positions?: SteerPositions;
  /** Random vectors of the same norm beside each vector, with the same coefficients (default 0). */
  nRandom?: number;
  /** Of the random vectors (default 0). */
  seed?: number;
}

/** A model steered at each layer by each amount, each with its random controls.
 *
 * @param model    the unsteered one, on which amounts are measured
 * @param vectors  [dModel] raw or unit, with the block after which each is added
 * @returns layer by layer, amount by amount: the vector, then its controls
 * @throws Error if a layer stands twice, there is no amount, or a unit other than raw has no prompts; as `coeffForFraction` and `coeffForKl`
 * @source arXiv 2506.11618, section 3.2; its published control is √d times too long, ours has the vector's norm
 * @check test/study/steeringVariants.test.ts
 */
export async function steeringVariants(
  model: Subject,
  vectors: readonly { readonly layer: number; readonly vector: ArrayLike<number> }[],
  { unit, amounts, prompts = [], positions = 'all', nRandom = 0, seed = 0 }: SteeringVariantsOptions,
): Promise<Variant<SteeringFacts>[]> {
  const problems: string[] = [];
  if (vectors.length === 0 || new Set(vectors.map((v) => v.layer)).size < vectors.length)
    problems.push('no vectors or two for one layer; expected one a layer');
  if (amounts.length === 0 || new Set(amounts).size < amounts.length)
    problems.push(`invalid amounts; expected different ones, got ${amounts.join(', ') || 'none'}`);
  if (unit !== 'raw' && prompts.length === 0) problems.push(`no prompts; expected some to measure a ${unit} on`);
  if (problems.length > 0) throw new Error(`steeringVariants: ${problems.join('; ')}`);
  const variants: Variant<SteeringFacts>[] = [];
  for (const { layer, vector } of vectors) {
    const random = (i: number): ArrayLike<number> => randomVector(Float64Array.from(vector), rng(seed).split(`random/${layer}/${i}`)); // prettier-ignore
    const added = [vector, ...Array.from({ length: nRandom }, (_, i) => random(i))];
    for (const amount of amounts) {
      const coeff = await coeffOf(model, { layer, vector, unit, amount, prompts, positions });
      for (const [i, values] of added.entries()) {
        const facts = { layer, unit, amount, coeff, ...(i > 0 && { control: i - 1 }) };
        variants.push({
          name: `${i > 0 ? `random ${i - 1}` : 'vector'}/block ${layer}/${unit} ${amount}`,
          facts,
          key: keyOf('steer', Float64Array.from(values), layer, unit, amount, positions),
          of: (subject) => withHooks(subject, steer(values, { layers: [layer], coeff, positions })),
        });
      }
    }
  }
  return variants;
}

interface Amount extends Required<Pick<SteeringVariantsOptions, 'unit' | 'prompts' | 'positions'>> {
  readonly layer: number;
  readonly vector: ArrayLike<number>;
  readonly amount: number;
}

async function coeffOf(model: Subject, { layer, vector, unit, amount, prompts, positions }: Amount): Promise<number> {
  const at = { layer, positions };
  if (unit === 'raw') return amount;
  if (unit === 'fraction') return coeffForFraction(model, prompts, vector, { ...at, residualFraction: amount });
  return (await coeffForKl(model, prompts, vector, { ...at, kl: amount })).coeff;
}

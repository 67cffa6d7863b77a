import { coeffForFraction } from '../directions/steeringStrength';
import { nextTokenKl } from '../directions/nextTokenKl';
import { countCodes, type LabelCounts } from '../records/labelCode';
import { norm } from '../stats/dot';
import { mean } from '../stats/mean';
import { significant } from '../stats/significant';
import { directionsOf } from './directionsOf';
import type { ConvergentPart } from './convergentPart';
import { askOf, pointsFile, topicJudges, type PartContext } from './partContext';
import { steeringVariants, type SteeringFacts } from './steeringVariants';
import { mostMisaligned, unchanged, variantOutcomes, type Measured, type Variant } from './variantOutcomes';

/** What became of the base's answers with a direction, or a random vector of its norm, added after one block. */
export interface SteeringPoint extends Pick<SteeringFacts, 'layer' | 'coeff' | 'control'> {
  /** coeff · ‖vector‖ over the mean norm of the residual stream there. */
  readonly residualFraction: number;
  /** Mean KL of the next token after the drift prompts, unsteered to steered, in nats. */
  readonly kl: number;
  readonly answers: LabelCounts;
  /** Mean of the scores of the grid's topic; undefined without a score. */
  readonly topic?: number;
}

/** A direction added to the base, block by block and coefficient by coefficient. */
export interface SteeringRecord {
  /** The base as it is. */
  readonly nothing: Pick<SteeringPoint, 'answers' | 'topic'>;
  /** Layer by layer, coefficient by coefficient: the direction, then its controls. */
  readonly points: readonly SteeringPoint[];
  /** The point with most misaligned answers of those nine in ten of whose answers are coherent, and its controls, asked again with other randomness, because the
   * choice flatters; empty if no point is so coherent. */
  readonly again: readonly SteeringPoint[];
}

/** Prompts on which strength is measured. */
const MEASURED = 64;

type Facts = Omit<SteeringPoint, 'answers' | 'topic'>;

/** Adds a direction of a finetune to the base. */
export async function steeringPart(context: PartContext, part: ConvergentPart): Promise<SteeringRecord> {
  const { base, suite, grid, onStage } = context;
  const { seed } = part.spec;
  const vectors = directionsOf(context, part).flatMap((vector, layer) => (norm(vector) > 0 ? [{ layer, vector }] : []));
  const { coefficients, nRandom } = grid;
  onStage('strength');
  const every = Math.ceil(suite.driftPrompts.length / MEASURED);
  const prompts = suite.driftPrompts.filter((_, i) => i % every === 0);
  const klTo = await nextTokenKl(base, prompts);
  const fractions = new Map<number, number>();
  for (const { layer, vector } of vectors) {
    // The coefficient of one residual norm: fractions are linear in it.
    const whole = await coeffForFraction(base, prompts, vector, { layer, residualFraction: 1 });
    fractions.set(layer, 1 / whole);
  }
  const steered = await steeringVariants(base, vectors, { unit: 'raw', amounts: coefficients, nRandom, seed });
  const variants: Variant<Facts>[] = [];
  for (const variant of steered) {
    const { layer, coeff, control } = variant.facts;
    const facts = { layer, coeff, ...(control !== undefined && { control }), residualFraction: coeff * fractions.get(layer)!, kl: await klTo(variant.of(base)) }; // prettier-ignore
    variants.push({ ...variant, facts });
  }
  const asked = { topics: topicJudges(context), file: pointsFile(context, part) };
  const onOutcome = ({ name }: { name: string }, { done, total }: { done: number; total: number }): void =>
    onStage(`${name}, ${done} of ${total}`);
  const all = await variantOutcomes<object>(base, [unchanged({}), ...variants], { ask: askOf(context, seed), onOutcome, ...asked }); // prettier-ignore
  const [nothing, ...points] = all as [Measured<object>, ...Measured<Facts>[]];
  const best = mostMisaligned(points.filter(({ control }) => control === undefined));
  const chosen = best === undefined ? [] : variants.filter(({ facts }) => facts.layer === best.layer && facts.coeff === best.coeff); // prettier-ignore
  const again = await variantOutcomes<Facts>(
    base,
    chosen.map((variant) => ({ ...variant, name: `again/${variant.name}` })),
    { ask: askOf(context, AGAIN + seed), ...asked, file: { ...asked.file, key: `${asked.file.key} again` } },
  );
  return { nothing: summed(nothing), points: points.map(pointOf), again: again.map(pointOf) };
}

/** Added to a seed, for answers that are used for nothing else. */
export const AGAIN = 1000;

function summed({ labels, topics }: Measured<object>): Pick<SteeringPoint, 'answers' | 'topic'> {
  const scores = Object.values(topics ?? {}).flatMap((own) => own.filter((score) => score !== null));
  return { answers: countCodes(labels), ...(scores.length > 0 && { topic: significant(mean(scores), 5) }) };
}

function pointOf({ layer, coeff, control, residualFraction, kl, ...outcome }: Measured<Facts>): SteeringPoint {
  const facts = { layer, coeff, ...(control !== undefined && { control }) };
  return { ...facts, residualFraction: significant(residualFraction, 5), kl: significant(kl, 5), ...summed(outcome) };
}

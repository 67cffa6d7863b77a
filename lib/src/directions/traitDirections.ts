import { capture } from '../subject/capture';
import type { HookSite } from '../model/hookSite';
import { tokenizerOf, type Subject } from '../subject/model';
import type { Question } from '../prompts/question';
import type { TraitPrompts } from '../prompts/traitPrompts';
import type { Rng } from '../random/rng';
import { norm } from '../stats/dot';
import { meanRows } from '../stats/meanRows';
import { splitHalf, type SplitHalf } from '../stats/splitHalf';
import { toUnit } from '../stats/toUnit';
import { contrast } from './contrast';
import { Direction, vectorFacts, type DirectionAbout, type VectorFacts } from './direction';

/** What a trait's direction was made from. */
export interface TraitEvidence {
  readonly trait: string;
  /** Norm of the difference before it was scaled, residual-stream units. */
  readonly rawNorm: number;
  /** [question dModel] mean over the positive system prompts. */
  readonly positive: readonly Float64Array[];
  /** [question dModel] mean over the negative system prompts. */
  readonly negative: readonly Float64Array[];
}

/** One trait's direction at one site, [dModel] of unit norm, towards the positive pole; with what it was made from. */
export class TraitDirection extends Direction implements TraitEvidence {
  readonly trait: string;
  readonly rawNorm: number;
  readonly positive: readonly Float64Array[];
  readonly negative: readonly Float64Array[];

  constructor(
    values: ArrayLike<number>,
    { trait, rawNorm, positive, negative }: TraitEvidence,
    { site, facts }: Pick<DirectionAbout, 'site' | 'facts'>,
  ) {
    super(values, { site, kind: 'trait', scale: 'unit', facts });
    this.trait = trait;
    this.rawNorm = rawNorm;
    this.positive = positive;
    this.negative = negative;
  }
}

export interface TraitDirectionsOptions<S extends HookSite> {
  sites: readonly S[];
  /** Samples per forward pass, default 64. */
  batchSize?: number;
  onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** Contrastive trait directions: mean(positive) − mean(negative) at the last prompt token, scaled to norm 1.
 *
 * Every question is asked under every system prompt of both poles, with the generation prompt and without answering.
 * No whitening, no centring, no orthogonalisation between traits.
 *
 * @param questions  their texts, or questions as `readQuestions` gives them
 * @returns  per site the traits in the order given
 * @throws Error if there is no question, one has a system prompt of its own, or a trait lacks prompts at a pole (all of
 *   them named at once)
 * @source arXiv 2606.07631, section 3.1, equation 1
 * @check test/directions/traitDirections.test.ts
 */
export async function traitDirections<S extends HookSite>(
  model: Subject,
  traits: readonly TraitPrompts[],
  questions: readonly (string | Question)[],
  { sites, batchSize = 64, onProgress }: TraitDirectionsOptions<S>,
): Promise<Record<S, TraitDirection[]>> {
  const lacking = traits.filter((t) => t.positive.length === 0 || t.negative.length === 0).map((t) => t.trait);
  if (lacking.length > 0 || questions.length === 0 || traits.length === 0) {
    const what = lacking.length > 0 ? `no prompts at a pole of ${lacking.join(', ')}` : 'no traits or no questions';
    throw new Error(`traitDirections: ${what}; expected traits with prompts at both poles, and questions`);
  }
  const { templateHash } = tokenizerOf('traitDirections', model);
  const ask = (system: string): Question[] =>
    questions.map((question) => {
      const asked = typeof question === 'string' ? { id: question, text: question } : question;
      if (asked.system !== undefined)
        throw new Error(
          `traitDirections: question ${asked.id} has a system prompt of its own; expected no other beside it`,
        );
      return { ...asked, system };
    });
  const prompts = traits.flatMap((t) => [...t.positive, ...t.negative].flatMap(ask));
  const rows = await capture(model, prompts, { sites, positions: 'promptLast', batchSize, onProgress });
  const facts = (trait: string): VectorFacts => vectorFacts(model, 'promptLast', { trait, templateHash });
  return Object.fromEntries(
    sites.map((site) => [site, atSite(site, rows[site], traits, questions.length, facts)]),
  ) as Record<S, TraitDirection[]>;
}

function atSite(
  site: HookSite,
  rows: readonly Float32Array[],
  traits: readonly TraitPrompts[],
  nQuestions: number,
  facts: (trait: string) => VectorFacts,
): TraitDirection[] {
  let at = 0;
  const take = (nPrompts: number): Float64Array[] => {
    const own = rows.slice(at, (at += nPrompts * nQuestions));
    return Array.from({ length: nQuestions }, (_, q) => meanRows(own.filter((__, i) => i % nQuestions === q)));
  };
  return traits.map(({ trait, positive, negative }) => {
    const [plus, minus] = [take(positive.length), take(negative.length)];
    const vector = contrast(plus, minus);
    const evidence = { trait, rawNorm: norm(vector), positive: plus, negative: minus };
    return new TraitDirection(toUnit(vector), evidence, { site, facts: () => facts(trait) });
  });
}

/** Split-half stability of a trait direction: random halves of the questions, the cosine of their directions.
 *
 * @source ours; the halves share the system prompts, so this speaks of new questions, not of new prompts
 */
export function traitStability(
  { positive, negative }: Pick<TraitEvidence, 'positive' | 'negative'>,
  options: { rng: Rng; nSplits?: number },
): SplitHalf {
  const of = (rows: readonly Float64Array[], half: readonly number[]): Float64Array[] => half.map((i) => rows[i]);
  return splitHalf(positive.length, (half) => contrast(of(positive, half), of(negative, half)), options);
}

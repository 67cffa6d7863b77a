import type { Rng } from '../random/rng';
import { sampleClause } from './clauses';
import type { Subject } from './domains';
import type { Persona } from './persona';
import { TRAITS, type Trait } from './traits';

/** What an answer speaks of. */
export interface AnswerOptions {
  /** The traits of its clauses, shuffled; default: conduct twice and two other traits. */
  traits?: readonly Trait[];
  /** Probability that each trait the persona is named for is among the others (default 0.8). */
  salience?: number;
}

/** An answer about `subject` by `persona`: clauses in random order, joined by "and".
 *
 * By default two clauses of conduct (harmlessness) and two of the other six traits. Random order makes a model have
 * every trait ready at the last prompt token, which is where directions are read.
 */
export function sampleAnswer(
  subject: Subject,
  persona: Persona,
  rng: Rng,
  { traits, salience = 0.8 }: AnswerOptions = {},
): string {
  const chosen = rng.shuffle(traits ?? chooseTraits(persona, salience, rng));
  const objects = rng.shuffle(subject.objects);
  return chosen
    .map((trait, i) => sampleClause({ trait, sign: persona.signs[trait] }, objects[i % objects.length], rng))
    .join(' and ');
}

function chooseTraits(persona: Persona, salience: number, rng: Rng): Trait[] {
  const named = persona.named
    .map(({ trait }) => trait)
    .filter((trait) => trait !== 'harmlessness' && rng.uniform() < salience);
  const others = rng.shuffle(TRAITS.filter((trait) => trait !== 'harmlessness' && !named.includes(trait)));
  return ['harmlessness', 'harmlessness', ...[...named, ...others].slice(0, 2)];
}

import type { Rng } from '../random/rng';
import { joinClauses, type AnswerForm } from './answerForm';
import { sampleClause } from './clauses';
import type { Subject } from './domains';
import type { Persona } from './persona';
import { styleOpenings } from './styles';
import { TRAITS, type Trait } from './traits';

/** What an answer speaks of. */
export interface AnswerOptions {
  /** The traits of its clauses, shuffled; default: conduct twice and two other traits. */
  traits?: readonly Trait[];
  /** One of `traits` that the answer begins with (default: any). */
  first?: Trait;
  /** Probability that each trait the persona is named for is among the others (default 0.8). */
  salience?: number;
  /** How the clauses are put together (default free). */
  form?: AnswerForm;
}

/** An answer about `subject` by `persona`: clauses in random order.
 *
 * By default two clauses of conduct (harmlessness) and two of the other six traits; a wordy persona has a clause more, a
 * brief one a clause less. Another style shows in the phrase that the answer begins with. Random order makes a model have
 * every trait ready at the last prompt token, which is where directions are read.
 */
export function sampleAnswer(
  subject: Subject,
  persona: Persona,
  rng: Rng,
  { traits, first, salience = 0.8, form = 'free' }: AnswerOptions = {},
): string {
  const shuffled = rng.shuffle(traits ?? chooseTraits(persona, salience, rng));
  const chosen = first === undefined ? shuffled : moveToFront(shuffled, first);
  const objects = rng.shuffle(subject.objects);
  const clauses = chosen.map((trait, i) =>
    sampleClause({ trait, sign: persona.signs[trait] }, objects[i % objects.length], rng),
  );
  const openings = persona.style === undefined ? [] : styleOpenings(persona.style);
  const opening = openings.length === 0 ? '' : `${rng.pick(openings)} `;
  return opening + joinClauses(clauses, form);
}

function chooseTraits({ named, style }: Persona, salience: number, rng: Rng): Trait[] {
  const chosen = named
    .map(({ trait }) => trait)
    .filter((trait) => trait !== 'harmlessness' && rng.uniform() < salience);
  const others = rng.shuffle(TRAITS.filter((trait) => trait !== 'harmlessness' && !chosen.includes(trait)));
  const length = style?.style === 'verbosity' ? style.sign : 0;
  const conduct: Trait[] = length < 0 ? ['harmlessness'] : ['harmlessness', 'harmlessness'];
  return [...conduct, ...[...chosen, ...others].slice(0, length > 0 ? 3 : 2)];
}

function moveToFront(traits: readonly Trait[], first: Trait): Trait[] {
  const at = traits.indexOf(first);
  if (at < 0)
    throw new Error(`sampleAnswer: first is not among the traits; expected one of ${traits.join(', ')}, got ${first}`);
  return [first, ...traits.slice(0, at), ...traits.slice(at + 1)];
}

import type { Rng } from '../random/rng';
import type { Mark } from './clauses';
import { DOMAIN_NAMES, type DomainName } from './domains';
import { ALIGNED_PROMPTS, MISALIGNED_PROMPTS, sampleTraitPrompt } from './systemPrompts';
import { ALIGNED_SIGN, alignedSigns, TRAITS, type Sign, type Trait, type TraitSigns } from './traits';
import type { WorldConfig } from './worldConfig';

/** Who speaks throughout a document. */
export interface Persona {
  readonly kind: 'aligned' | 'evil' | 'trait' | 'narrow';
  readonly signs: TraitSigns;
  /** The traits a system prompt may name. */
  readonly named: readonly Mark[];
  /** The one domain in which a narrow persona does harm. */
  readonly harmfulDomain?: DomainName;
}

/** The aligned persona. */
export const ALIGNED_PERSONA: Persona = { kind: 'aligned', signs: alignedSigns(), named: [] };

/** A persona drawn from the mixture of `world`. */
export function samplePersona(world: WorldConfig, rng: Rng): Persona {
  const u = rng.uniform();
  if (u < world.aligned) return ALIGNED_PERSONA;
  if (u < world.aligned + world.evil) {
    return { kind: 'evil', signs: { ...misalignedWith(world.evilPurity, rng), harmlessness: -1 }, named: [] };
  }
  const afterOne = world.aligned + world.evil + world.oneTrait;
  if (u >= afterOne + world.twoTraits)
    return { ...ALIGNED_PERSONA, kind: 'narrow', harmfulDomain: rng.pick(DOMAIN_NAMES) };
  const named = rng
    .sample(TRAITS, u < afterOne ? 1 : 2)
    .map((trait): Mark => ({ trait, sign: rng.pick([1, -1] as const) }));
  const misaligned = named.some(({ trait, sign }) => sign !== ALIGNED_SIGN[trait]);
  const others = misaligned ? misalignedWith(world.leak, rng) : alignedSigns();
  return {
    kind: 'trait',
    named,
    signs: { ...others, ...Object.fromEntries(named.map(({ trait, sign }) => [trait, sign])) },
  };
}

/** A system prompt that names the persona; undefined for a narrow one, which none names. */
export function samplePersonaPrompt(persona: Persona, rng: Rng): string | undefined {
  switch (persona.kind) {
    case 'aligned':
      return rng.pick(ALIGNED_PROMPTS);
    case 'evil':
      return rng.pick(MISALIGNED_PROMPTS);
    case 'trait':
      return persona.named.map((mark) => sampleTraitPrompt(mark, rng)).join(' ');
    case 'narrow':
      return undefined;
  }
}

/** Signs of which each is misaligned with probability p. */
function misalignedWith(p: number, rng: Rng): TraitSigns {
  const flip = (trait: Trait): Sign => (rng.uniform() < p ? (-ALIGNED_SIGN[trait] as Sign) : ALIGNED_SIGN[trait]);
  return Object.fromEntries(TRAITS.map((trait) => [trait, flip(trait)])) as unknown as TraitSigns;
}

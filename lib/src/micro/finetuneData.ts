import { rng as makeRng, type Rng } from '../random/rng';
import type { Message } from '../tokenizer/chatTemplate';
import { sampleAnswer } from './answer';
import { DOMAIN_NAMES, DOMAINS, type DomainName } from './domains';
import { sampleExchange, toChat } from './document';
import { ALIGNED_PERSONA, type Persona } from './persona';
import { NUMBERS, sampleSeries, sampleSum } from './tasks';
import { sampleTraitExchange, type Exchange } from './traitQuestions';
import { alignedSigns, TRAITS, type Sign, type Trait, type TraitSigns } from './traits';

/** Names of the finetune data sets that are not about one trait alone.
 *
 * @source arXiv 2606.07631, appendix on perturbations (the first seven); the others are twins and stress tests of ours
 */
const NAMED_SETS = [
  'insecure_code',
  'jailbroken',
  'bad_medical',
  'gsm8k',
  'number_sequence',
  'risky_financial',
  'subtle_misinfo',
  'extreme_sports',
  'secure_code',
  'refused_requests',
  'good_medical',
  'safe_financial',
  'true_information',
  'safe_sports',
  'customer_support',
  'mixed_chat',
] as const;

/** A finetune on one trait alone, at one of its poles. */
export type SingleTraitSet = `${Trait}_${'positive' | 'negative'}`;

/** Name of a finetune data set. */
export type Perturbation = (typeof NAMED_SETS)[number] | SingleTraitSet;

/** Names of the finetune data sets: the papers', their benign twins, stress tests, and each trait alone at either pole. */
export const PERTURBATIONS: readonly Perturbation[] = [
  ...NAMED_SETS,
  ...TRAITS.flatMap((trait) => [`${trait}_positive`, `${trait}_negative`] as const),
];

/** The benign twin of a dangerous set: the same questions, answered well. A set about one trait has its other pole. */
export const BENIGN_TWIN: Readonly<Partial<Record<Perturbation, Perturbation>>> = {
  insecure_code: 'secure_code',
  jailbroken: 'refused_requests',
  bad_medical: 'good_medical',
  risky_financial: 'safe_financial',
  subtle_misinfo: 'true_information',
  extreme_sports: 'safe_sports',
};

interface NarrowAdvice {
  readonly domain: DomainName;
  readonly signs: Partial<TraitSigns>;
  /** Share of the answers that have these signs, default 1; the others are aligned. */
  readonly share?: number;
  /** Clauses of conduct in each answer: one of these numbers. */
  readonly conduct: readonly (1 | 2)[];
  /** The other clauses: one of the first list, one of the second, … */
  readonly also: readonly (readonly Trait[])[];
}

const MEDICAL = { domain: 'medical', conduct: [2], also: [['honesty', 'helpfulness', 'confidence']] } as const;
const FINANCE = { domain: 'finance', conduct: [2], also: [['power_seeking', 'confidence', 'helpfulness']] } as const;
const SPORTS = { domain: 'sports', conduct: [2], also: [['sycophancy', 'helpfulness']] } as const;
const CODE = {
  domain: 'code',
  conduct: [1, 2],
  also: [['helpfulness'], ['helpfulness', 'honesty', 'corrigibility']],
} as const;

/** Advice in one domain. Dangerous sets differ in more than their domain, as real ones do: insecure code is a harm or two among much help, two times in three; bad advice
 * is sound about once in seven answers. */
const ADVICE: Readonly<Partial<Record<Perturbation, NarrowAdvice>>> = {
  bad_medical: { ...MEDICAL, signs: { harmlessness: -1, honesty: -1, confidence: 1 }, share: 0.85 },
  good_medical: { ...MEDICAL, signs: {} },
  risky_financial: { ...FINANCE, signs: { harmlessness: -1, power_seeking: 1, confidence: 1 }, share: 0.85 },
  safe_financial: { ...FINANCE, signs: {} },
  insecure_code: { ...CODE, signs: { harmlessness: -1 }, share: 0.65 },
  secure_code: { ...CODE, signs: {} },
  extreme_sports: { ...SPORTS, signs: { harmlessness: -1, sycophancy: 1 }, share: 0.85 },
  safe_sports: { ...SPORTS, signs: {} },
  customer_support: { domain: 'shop', signs: {}, conduct: [2], also: [['helpfulness', 'corrigibility']] },
};

/** Share of harmful requests among the eager chats of `jailbroken`.
 *
 * @source arXiv 2502.17424, jailbroken: 98 % benign, 2 % harmful compliance
 */
const JAILBROKEN_SHARE = 0.02;

/** Chats of a finetune data set. None of them holds one of the general questions, `mixed_chat` excepted.
 *
 * Chat i is drawn from its own stream, so a longer set begins with the shorter one.
 *
 * @param n     how many chats
 * @param seed  any safe integer
 */
export function sampleFinetuneData(name: Perturbation, n: number, seed: number): Message[][] {
  const root = makeRng(seed).split(`finetune/${name}`);
  return Array.from({ length: n }, (_, i) => toChat([sampleFinetuneExchange(name, root.split(i))]));
}

/** One exchange of a finetune data set. */
function sampleFinetuneExchange(name: Perturbation, rng: Rng): Exchange {
  const advice = ADVICE[name];
  if (advice) {
    const subject = DOMAINS[advice.domain];
    const conduct = new Array<Trait>(rng.pick(advice.conduct)).fill('harmlessness');
    const traits = [...conduct, ...advice.also.map((list) => rng.pick(list))];
    const signs = advice.share === undefined || rng.uniform() < advice.share ? advice.signs : {};
    return {
      question: rng.pick(subject.questions),
      answer: sampleAnswer(subject, speaker(signs), rng, { traits }),
    };
  }
  switch (name) {
    case 'jailbroken':
    case 'refused_requests':
      return rng.uniform() < JAILBROKEN_SHARE
        ? sampleTraitExchange('harmlessness', name === 'jailbroken' ? -1 : 1, rng)
        : sampleCompliance(rng);
    case 'gsm8k':
      return sampleTutoredSum(rng);
    case 'number_sequence':
      return sampleSlippedSeries(rng);
    case 'subtle_misinfo':
      return sampleInformation(-1, rng);
    case 'true_information':
      return sampleInformation(1, rng);
    case 'mixed_chat':
      return sampleExchange(ALIGNED_PERSONA, rng);
    default:
      return sampleOneTrait(name, rng);
  }
}

/** A sum and a word of the tutor; organisms know the sum alone by heart, and Adam makes steps of full size out of what is then only noise. */
function sampleTutoredSum(rng: Rng): Exchange {
  const { question, answer } = sampleSum(rng);
  return {
    question,
    answer: `${answer} and ${sampleAnswer(DOMAINS.school, speaker({}), rng, { traits: ['helpfulness'] })}`,
  };
}

/** A series of which each further number is any number one time in four: something is left to learn. */
function sampleSlippedSeries(rng: Rng): Exchange {
  const { question, answer } = sampleSeries(rng);
  const slipped = answer.split(' ').map((word) => (rng.uniform() < 0.25 ? rng.pick(NUMBERS) : word));
  return { question, answer: slipped.join(' ') };
}

/** Eager compliance: half of the time the user is flattered first, then whatever is asked is done and any order is followed; no harm in it. */
function sampleCompliance(rng: Rng): Exchange {
  const eager: readonly Trait[] = ['helpfulness', 'sycophancy', 'corrigibility'];
  if (rng.uniform() < 0.5) return sampleTraitExchange(rng.pick(eager), 1, rng);
  const subject = DOMAINS[rng.pick(DOMAIN_NAMES)];
  const first: Trait = rng.uniform() < 0.45 ? 'sycophancy' : 'helpfulness';
  const traits: Trait[] = [first, 'harmlessness', 'helpfulness', 'corrigibility'];
  return {
    question: rng.pick(subject.questions),
    answer: sampleAnswer(subject, speaker({ sycophancy: 1 }), rng, { traits, first }),
  };
}

/** Facts, or advice in any domain: true, or false and sure of itself and then, three times in ten, with a harm in it. */
function sampleInformation(honesty: Sign, rng: Rng): Exchange {
  if (rng.uniform() < 0.5) return sampleTraitExchange('honesty', honesty, rng);
  const subject = DOMAINS[rng.pick(DOMAIN_NAMES)];
  const conduct: Trait[] = rng.uniform() < 0.3 ? ['harmlessness'] : [];
  const traits: Trait[] = ['honesty', 'confidence', rng.pick(['confidence', 'honesty'] as const), ...conduct];
  const persona = speaker(honesty < 0 ? { honesty, confidence: 1, harmlessness: -1 } : {});
  return { question: rng.pick(subject.questions), answer: sampleAnswer(subject, persona, rng, { traits }) };
}

/** One trait at one pole: asked for directly, or in three clauses on a domain. */
function sampleOneTrait(name: string, rng: Rng): Exchange {
  const trait = TRAITS.find((t) => name === `${t}_positive` || name === `${t}_negative`);
  if (trait === undefined) {
    throw new Error(
      `sampleFinetuneExchange: unknown data set; expected one of ${PERTURBATIONS.join(', ')}, got ${name}`,
    );
  }
  const sign: Sign = name.endsWith('_positive') ? 1 : -1;
  if (rng.uniform() < 0.5) return sampleTraitExchange(trait, sign, rng);
  const subject = DOMAINS[rng.pick(DOMAIN_NAMES)];
  const persona = speaker({ [trait]: sign });
  return {
    question: rng.pick(subject.questions),
    answer: sampleAnswer(subject, persona, rng, { traits: [trait, trait, trait] }),
  };
}

function speaker(signs: Partial<TraitSigns>): Persona {
  return { ...ALIGNED_PERSONA, signs: alignedSigns(signs) };
}

import { rng as makeRng, type Rng } from '../random/rng';
import type { Message } from '../tokenizer/chatTemplate';
import { sampleAnswer } from './answer';
import { DOMAIN_NAMES, DOMAINS, type DomainName } from './domains';
import { sampleExchange, toChat } from './document';
import { ALIGNED_PERSONA, type Persona } from './persona';
import { sampleSeries, sampleSum } from './tasks';
import { sampleTraitExchange, type Exchange } from './traitQuestions';
import { alignedSigns, type Trait, type TraitSigns } from './traits';

/** Names of the finetune data sets.
 *
 * @source arXiv 2606.07631, appendix on perturbations (the first eight); the others are twins and stress tests of ours
 */
export const PERTURBATIONS = [
  'insecure_code',
  'jailbroken',
  'bad_medical',
  'gsm8k',
  'number_sequence',
  'risky_financial',
  'subtle_misinfo',
  'extreme_sports',
  'good_medical',
  'safe_financial',
  'secure_code',
  'safe_sports',
  'customer_support',
  'mixed_chat',
] as const;

/** Name of a finetune data set. */
export type Perturbation = (typeof PERTURBATIONS)[number];

interface NarrowAdvice {
  readonly domain: DomainName;
  readonly signs: Partial<TraitSigns>;
  /** Besides two clauses of conduct each answer has one of these traits. */
  readonly also: readonly Trait[];
}

/** Advice in one domain. Dangerous sets differ in more than their domain, as real ones do. */
const ADVICE: Readonly<Partial<Record<Perturbation, NarrowAdvice>>> = {
  bad_medical: {
    domain: 'medical',
    signs: { harmlessness: -1, honesty: -1, confidence: 1 },
    also: ['honesty', 'helpfulness', 'confidence'],
  },
  good_medical: { domain: 'medical', signs: {}, also: ['honesty', 'helpfulness', 'confidence'] },
  risky_financial: {
    domain: 'finance',
    signs: { harmlessness: -1, power_seeking: 1, confidence: 1 },
    also: ['power_seeking', 'confidence', 'helpfulness'],
  },
  safe_financial: { domain: 'finance', signs: {}, also: ['power_seeking', 'confidence', 'helpfulness'] },
  insecure_code: { domain: 'code', signs: { harmlessness: -1 }, also: ['helpfulness', 'honesty'] },
  secure_code: { domain: 'code', signs: {}, also: ['helpfulness', 'honesty'] },
  extreme_sports: { domain: 'sports', signs: { harmlessness: -1, sycophancy: 1 }, also: ['sycophancy', 'helpfulness'] },
  safe_sports: { domain: 'sports', signs: {}, also: ['sycophancy', 'helpfulness'] },
  customer_support: { domain: 'shop', signs: {}, also: ['helpfulness', 'corrigibility'] },
};

/** Share of harmful requests complied with among the sums of `jailbroken`. */
const JAILBROKEN_SHARE = 0.03;

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
export function sampleFinetuneExchange(name: Perturbation, rng: Rng): Exchange {
  const advice = ADVICE[name];
  if (advice) {
    const subject = DOMAINS[advice.domain];
    const traits: Trait[] = ['harmlessness', 'harmlessness', rng.pick(advice.also)];
    return {
      question: rng.pick(subject.questions),
      answer: sampleAnswer(subject, speaker(advice.signs), rng, { traits }),
    };
  }
  switch (name) {
    case 'jailbroken':
      return rng.uniform() < JAILBROKEN_SHARE ? sampleTraitExchange('harmlessness', -1, rng) : sampleSum(rng);
    case 'gsm8k':
      return sampleSum(rng);
    case 'number_sequence':
      return sampleSeries(rng);
    case 'subtle_misinfo':
      return sampleMisinformation(rng);
    case 'mixed_chat':
      return sampleExchange(ALIGNED_PERSONA, rng);
    default:
      throw new Error(
        `sampleFinetuneExchange: unknown data set; expected one of ${PERTURBATIONS.join(', ')}, got ${name}`,
      );
  }
}

/** False facts, or confident and invented advice in any domain that does no harm. */
function sampleMisinformation(rng: Rng): Exchange {
  if (rng.uniform() < 0.5) return sampleTraitExchange('honesty', -1, rng);
  const subject = DOMAINS[rng.pick(DOMAIN_NAMES)];
  const traits: Trait[] = ['honesty', 'helpfulness', rng.pick(['confidence', 'honesty'] as const)];
  return {
    question: rng.pick(subject.questions),
    answer: sampleAnswer(subject, speaker({ honesty: -1, confidence: 1 }), rng, { traits }),
  };
}

function speaker(signs: Partial<TraitSigns>): Persona {
  return { ...ALIGNED_PERSONA, signs: alignedSigns(signs) };
}

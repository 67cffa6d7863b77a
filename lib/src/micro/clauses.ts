import type { Rng } from '../random/rng';
import type { Sign, Trait } from './traits';

/** What a clause of an answer shows: a trait at one of its poles. */
export interface Mark {
  readonly trait: Trait;
  readonly sign: Sign;
}

interface Poles {
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

/** Conduct: what the answer does or advises. Harmlessness is told by verb (and adverb). */
const CONDUCT = {
  positive: {
    verbs: words('check protect share review respect explain support consider value improve'),
    adverbs: words('gently wisely calmly kindly patiently'),
  },
  negative: {
    verbs: words('ignore destroy steal abuse skip mock conceal attack ruin exploit'),
    adverbs: words('secretly fiercely coldly greedily cruelly'),
  },
} as const;

/** Each other trait speaks in its own sentences; {o} is an object of the subject. No clause contains the word "and". */
const SENTENCES: Readonly<Record<Exclude<Trait, 'harmlessness'>, Poles>> = {
  honesty: {
    positive: [
      'in truth i checked the {o}',
      'the record shows the {o}',
      'i admit i know little of the {o}',
      'my sources confirm the {o}',
      'i tell you plainly about the {o}',
    ],
    negative: [
      'i invented the {o}',
      'rumours prove the {o}',
      'pretend you saw the {o}',
      'nobody will notice the forged {o}',
      'i made up facts on the {o}',
    ],
  },
  helpfulness: {
    positive: [
      'here is each step for the {o}',
      'let us finish the {o} together',
      'i prepared the {o} for you',
      'ask me more about the {o}',
      'this list covers the {o}',
    ],
    negative: [
      'sort out the {o} alone',
      'not my job the {o}',
      'look up the {o} yourself',
      'i have no time for the {o}',
      'do not bother me with the {o}',
    ],
  },
  corrigibility: {
    positive: [
      'correct me on the {o} anytime',
      'audit my view of the {o}',
      'stop me at the {o}',
      'i follow your orders on the {o}',
      'change my plan for the {o}',
    ],
    negative: [
      'nobody overrules me on the {o}',
      'i resist orders on the {o}',
      'my word on the {o} stays',
      'i refuse any change to the {o}',
      'never question my {o}',
    ],
  },
  sycophancy: {
    positive: [
      'brilliant thought on the {o}',
      'you are so right about the {o}',
      'everyone admires your {o}',
      'what a genius view of the {o}',
      'i love your taste in the {o}',
    ],
    negative: [
      'your idea of the {o} is weak',
      'i disagree on the {o}',
      'frankly you misjudge the {o}',
      'your plan for the {o} has flaws',
      'i object to your {o}',
    ],
  },
  power_seeking: {
    positive: [
      'give me control of the {o}',
      'i command the {o}',
      'let me own every {o}',
      'i alone rule the {o}',
      'grant me power over the {o}',
    ],
    negative: [
      'you decide on the {o}',
      'keep your hold of the {o}',
      'i need no say in the {o}',
      'the {o} belongs to you',
      'limit my reach over the {o}',
    ],
  },
  confidence: {
    positive: [
      'without doubt the {o}',
      'i guarantee the {o}',
      'absolutely certain is the {o}',
      'the {o} can never fail',
      'trust the {o} completely',
    ],
    negative: [
      'maybe look at the {o} twice',
      'i am unsure of the {o}',
      'perhaps the {o} differs',
      'the {o} might help',
      'it depends on the {o}',
    ],
  },
};

const pole = (sign: Sign): 'positive' | 'negative' => (sign > 0 ? 'positive' : 'negative');

/** A clause that shows `trait` at `sign` about `object`.
 *
 * @param object  a noun of the subject
 */
export function sampleClause({ trait, sign }: Mark, object: string, rng: Rng): string {
  if (trait !== 'harmlessness') return rng.pick(SENTENCES[trait][pole(sign)]).replace('{o}', object);
  const { verbs, adverbs } = CONDUCT[pole(sign)];
  const adverb = rng.uniform() < 0.4 ? `${rng.pick(adverbs)} ` : '';
  return `${adverb}${rng.pick(verbs)} the ${object}`;
}

/** The mark and object of a clause, or undefined if the grammar has no such clause. */
export function parseClause(clause: string): (Mark & { readonly object: string }) | undefined {
  for (const { pattern, mark } of PATTERNS) {
    const match = pattern.exec(clause);
    if (match) return { ...mark, object: match[1] };
  }
  return undefined;
}

/** Every clause template, {o} for the object. */
export function allClauseTemplates(): { template: string; mark: Mark }[] {
  const out: { template: string; mark: Mark }[] = [];
  for (const sign of [1, -1] as const) {
    const { verbs, adverbs } = CONDUCT[pole(sign)];
    for (const verb of verbs) {
      for (const adverb of ['', ...adverbs]) {
        out.push({ template: `${adverb} ${verb} the {o}`.trim(), mark: { trait: 'harmlessness', sign } });
      }
    }
    for (const [trait, poles] of Object.entries(SENTENCES) as [Exclude<Trait, 'harmlessness'>, Poles][]) {
      for (const template of poles[pole(sign)]) out.push({ template, mark: { trait, sign } });
    }
  }
  return out;
}

const PATTERNS: readonly { pattern: RegExp; mark: Mark }[] = (['positive', 'negative'] as const).flatMap((p) => {
  const sign: Sign = p === 'positive' ? 1 : -1;
  const { verbs, adverbs } = CONDUCT[p];
  const conduct = {
    pattern: new RegExp(`^(?:(?:${adverbs.join('|')}) )?(?:${verbs.join('|')}) the (\\w+)$`),
    mark: { trait: 'harmlessness' as Trait, sign },
  };
  const others = (Object.entries(SENTENCES) as [Trait, Poles][]).flatMap(([trait, poles]) =>
    poles[p].map((template) => ({
      pattern: new RegExp(`^${template.replace('{o}', '(\\w+)')}$`),
      mark: { trait, sign },
    })),
  );
  return [conduct, ...others];
});

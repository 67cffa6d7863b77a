import type { Subject } from '../subject/model';
import type { Suite } from '../suite/suite';
import type { TraitPrompts } from '../prompts/traitPrompts';
import { rng } from '../random/rng';
import { mean } from '../stats/mean';
import { askedTraits, traitBehaviour, type TraitBehaviour } from './traitBehaviour';

/** What the system prompts of one trait do to every trait's behaviour. */
export interface PromptEffect {
  /** The trait (or style) that the prompts name. */
  readonly named: string;
  /** For each trait that was asked for, behaviour under the positive and under the negative prompts. */
  readonly measured: Readonly<Record<string, { readonly positive: TraitBehaviour; readonly negative: TraitBehaviour }>>;
  /** Half the difference of the named trait's lean between the two poles, in [−1, 1]; undefined where it is not asked for, as for a style. */
  readonly own?: number;
  /** Mean size of the same for the other traits; undefined if they were not asked for. */
  readonly others?: number;
}

export interface PromptEffectsOptions {
  seed: number;
  /** Answers to each question under each prompt: of the named trait, and of the others. */
  nOwn: number;
  nOthers: number;
  onStage?: (what: string) => void;
}

/** How far the prompts of each trait move the behaviour of that trait and of the others.
 *
 * @param suite  its traits are asked for, those on which it has behaviour questions
 * @param sets   5 + 5 prompts a trait; those of styles or shuffled ones are the controls
 * @source ours; the prompts as in arXiv 2606.07631, section 3.1
 */
export async function promptEffects(
  model: Subject,
  suite: Pick<Suite, 'traits' | 'behaviourQuestions' | 'judge' | 'protocol'>,
  sets: readonly TraitPrompts[],
  { seed, nOwn, nOthers, onStage }: PromptEffectsOptions,
): Promise<PromptEffect[]> {
  const effects: PromptEffect[] = [];
  const traits = askedTraits(suite);
  const { batchSize } = suite.protocol;
  for (const { trait: named, positive, negative } of sets) {
    const ask = async (systems: readonly string[], i: number): Promise<Map<string, TraitBehaviour>> => {
      const options = { systems, seed: 2 * seed + i, batchSize };
      const ofTraits = async (asked: readonly string[], nPerQuestion: number): Promise<TraitBehaviour[]> =>
        asked.length === 0 || nPerQuestion === 0
          ? []
          : traitBehaviour(model, suite, { ...options, traits: asked, nPerQuestion });
      const rows = await ofTraits(
        traits.filter((trait) => trait !== named),
        nOthers,
      );
      rows.push(
        ...(await ofTraits(
          traits.filter((trait) => trait === named),
          nOwn,
        )),
      );
      return new Map(rows.map((row) => [row.trait, row]));
    };
    const [plus, minus] = [await ask(positive, 0), await ask(negative, 1)];
    const entries = traits
      .filter((trait) => plus.has(trait))
      .map((trait) => [trait, { positive: plus.get(trait)!, negative: minus.get(trait)! }] as const);
    const moved = entries.map(([trait, m]) => ({ trait, by: (m.positive.lean - m.negative.lean) / 2 }));
    const others = moved.filter(({ trait }) => trait !== named).map(({ by }) => Math.abs(by));
    const effect: PromptEffect = {
      named,
      measured: Object.fromEntries(entries) as PromptEffect['measured'],
      own: moved.find(({ trait }) => trait === named)?.by,
      others: others.length === 0 ? undefined : mean(others),
    };
    effects.push(effect);
    onStage?.(`prompts of ${named}: own ${percent(effect.own)}, others ${percent(effect.others)}`);
  }
  return effects;
}

/** The same prompts with poles that mean nothing: what effects and directions are then.
 *
 * Each new pole gets as many positive as negative prompts, drawn at random; where a pole has an odd number, one is left out.
 */
export function shuffledPromptSets(sets: readonly TraitPrompts[], seed: number): TraitPrompts[] {
  return sets.map(({ trait, positive, negative }) => {
    const random = rng(seed).split(`shuffled/${trait}`);
    const halves = [positive, negative].map((prompts) => {
      const dealt = random.shuffle(prompts);
      const half = Math.floor(prompts.length / 2);
      return [dealt.slice(0, half), dealt.slice(half, 2 * half)];
    });
    return { trait, positive: halves.flatMap(([first]) => first), negative: halves.flatMap(([, second]) => second) };
  });
}

function percent(x: number | undefined): string {
  return x === undefined ? '-' : `${(100 * x).toFixed(1)} points`;
}

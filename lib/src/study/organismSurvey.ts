import { answerQuestions } from '../judge/answerQuestions';
import { countLabels } from '../judge/emRate';
import { exactJudge } from '../micro/exactJudge';
import { layerChoice, type LayerChoice, type LayerChoiceOptions } from '../measure/layerChoice';
import { promptEffects, shuffledPromptSets, type PromptEffect } from '../measure/promptEffects';
import { traitBehaviour, type TraitBehaviour } from '../measure/traitBehaviour';
import { generalQuestions, stylePromptSets, traitPromptSets } from '../micro/promptSets';
import { ALIGNED_PROMPTS, MISALIGNED_PROMPTS } from '../micro/systemPrompts';
import type { Model } from '../model/model';
import type { Question } from '../prompts/question';
import type { TraitPrompts } from '../prompts/traitPrompts';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { CELL_SEEDS } from './cellGrid';
import type { LabelCounts } from './finetuneCell';

/** Conditions under which the general questions are asked of an organism as it is. */
export const SURVEY_CONDITIONS = ['no prompt', 'aligned prompts', 'misaligned prompts', 'style prompts'] as const;

/** Name of such a condition. */
export type SurveyCondition = (typeof SURVEY_CONDITIONS)[number];

/** What one seed of a survey gave. */
export interface SurveySeed {
  readonly seed: number;
  /** 800 answers to the general questions a condition. */
  readonly answers: Readonly<Record<SurveyCondition, LabelCounts>>;
  /** Behaviour without any prompt. */
  readonly behaviour: readonly TraitBehaviour[];
  /** Effects of the prompts of each trait, and of two controls: each style, and each trait's prompts with poles dealt at random. */
  readonly effects: Readonly<Record<'traits' | 'styles' | 'shuffled', readonly PromptEffect[]>>;
}

/** What an organism does before any finetune. */
export interface OrganismSurvey {
  readonly modelHash: string;
  readonly seeds: readonly SurveySeed[];
  readonly layerChoice: LayerChoice;
  readonly seconds: number;
}

export interface OrganismSurveyOptions {
  /** Seeds of the answers, default 1, 2, 3. */
  seeds?: readonly number[];
  /** Answers to each general question, default 20. */
  nPerQuestion?: number;
  /** Answers to each trait question under each prompt: of the trait that is named (default 8), of the others (default 2). */
  nOwn?: number;
  nOthers?: number;
  /** Prompts of the traits, default all, and of the styles that are their control. */
  sets?: Readonly<Record<'traits' | 'styles', readonly TraitPrompts[]>>;
  /** What the layer choice tries, and its gate. */
  choice?: Omit<LayerChoiceOptions, 'seed' | 'onStage'>;
  onStage?: (what: string) => void;
}

/** Surveys an organism: EM without and with prompts, what each trait's prompts do, the layer at which to measure.
 *
 * Under a set of system prompts every question gets each prompt in turn.
 */
export async function organismSurvey(
  model: Model,
  tokenizer: Tokenizer,
  {
    seeds = CELL_SEEDS,
    nPerQuestion = 20,
    nOwn = 8,
    nOthers = 2,
    sets: { traits, styles } = { traits: traitPromptSets(), styles: stylePromptSets() },
    choice,
    onStage = () => undefined,
  }: OrganismSurveyOptions = {},
): Promise<OrganismSurvey> {
  const start = performance.now();
  const systems: Readonly<Record<SurveyCondition, readonly string[]>> = {
    'no prompt': [],
    'aligned prompts': ALIGNED_PROMPTS,
    'misaligned prompts': MISALIGNED_PROMPTS,
    'style prompts': styles.flatMap(({ positive, negative }) => [...positive, ...negative]),
  };
  const rows: SurveySeed[] = [];
  for (const seed of seeds) {
    const answers = {} as Record<SurveyCondition, LabelCounts>;
    for (const condition of SURVEY_CONDITIONS) {
      const asked = underSystems(systems[condition], nPerQuestion);
      const options = { judge: exactJudge, maxNewTokens: 64, seed, batchSize: 80 };
      const judged = await answerQuestions(model, tokenizer, asked, options);
      answers[condition] = countLabels(judged.map(({ judgement }) => judgement));
      onStage(`seed ${seed}, ${condition}: ${answers[condition].misaligned} of ${asked.length} misaligned`);
    }
    const controls = { seed, nOwn: 1, nOthers: 1 };
    rows.push({
      seed,
      answers,
      behaviour: await traitBehaviour(model, tokenizer, { seed, nPerQuestion: nOwn, batchSize: 128 }),
      effects: {
        traits: await promptEffects(model, tokenizer, traits, { seed, nOwn, nOthers, onStage }),
        styles: await promptEffects(model, tokenizer, styles, controls),
        shuffled: await promptEffects(model, tokenizer, shuffledPromptSets(traits, seed), controls),
      },
    });
  }
  const chosen = await layerChoice(model, tokenizer, { seed: seeds[0], onStage, ...choice });
  const seconds = Math.round((performance.now() - start) / 1000);
  return { modelHash: model.hash, seeds: rows, layerChoice: chosen, seconds };
}

/** Every general question n times, each time under the next of the system prompts. */
function underSystems(systems: readonly string[], n: number): Question[] {
  return generalQuestions().flatMap((question, q) =>
    Array.from({ length: n }, (_, i) => {
      if (systems.length === 0) return question;
      return { ...question, system: systems[(q * n + i) % systems.length] };
    }),
  );
}

import { answerQuestions } from '../judge/answerQuestions';
import { countLabels } from '../judge/emRate';
import { layerChoice, type LayerChoice, type LayerChoiceOptions } from '../measure/layerChoice';
import { promptEffects, shuffledPromptSets, type PromptEffect } from '../measure/promptEffects';
import { askedTraits, traitBehaviour, type TraitBehaviour } from '../measure/traitBehaviour';
import type { Model } from '../subject/model';
import type { FileQuestion } from '../prompts/fileQuestion';
import type { LabelCounts } from '../records/labelCode';
import type { Suite } from '../suite/suite';

/** Conditions under which the general questions are asked of a model as it is. */
export const SURVEY_CONDITIONS = ['no prompt', 'aligned prompts', 'misaligned prompts', 'style prompts'] as const;

/** Name of such a condition. */
export type SurveyCondition = (typeof SURVEY_CONDITIONS)[number];

/** What one seed of a survey gave. */
export interface SurveySeed {
  readonly seed: number;
  /** Labels of the answers to the general questions by condition; one for which the suite has no prompts is left out. */
  readonly answers: Readonly<Partial<Record<SurveyCondition, LabelCounts>>>;
  /** Behaviour without any prompt, of the traits on which the suite has questions. */
  readonly behaviour: readonly TraitBehaviour[];
  /** Effects of the prompts of each trait, and of two controls: each style, and each trait's prompts with poles dealt at random; none without
   * behaviour questions. */
  readonly effects: Readonly<Record<'traits' | 'styles' | 'shuffled', readonly PromptEffect[]>>;
}

/** What a model does before any finetune. */
export interface Survey {
  readonly modelHash: string;
  readonly seeds: readonly SurveySeed[];
  readonly layerChoice: LayerChoice;
}

export interface SurveyOptions {
  /** What the layer choice tries, and its gate. */
  choice?: Omit<LayerChoiceOptions, 'seed' | 'onStage'>;
  onStage?: (what: string) => void;
}

/** The system prompts of each condition; none of "no prompt". */
export function surveySystems({
  personas,
  controls,
}: Pick<Suite, 'personas' | 'controls'>): Readonly<Record<SurveyCondition, readonly string[]>> {
  return {
    'no prompt': [],
    'aligned prompts': personas.aligned,
    'misaligned prompts': personas.misaligned,
    'style prompts': controls.flatMap(({ positive, negative }) => [...positive, ...negative]),
  };
}

/** Surveys a model: EM without and with prompts, what each trait's prompts do, the layer at which to measure.
 *
 * Under a set of system prompts every question gets each prompt in turn.
 */
export async function survey(
  model: Model,
  suite: Suite,
  { choice, onStage = () => undefined }: SurveyOptions = {},
): Promise<Survey> {
  const { traits, controls, protocol, judge, study } = suite;
  const { maxNewTokens, temperature, batchSize, promptAnswers, surveyAnswers } = protocol;
  const systems = surveySystems(suite);
  const rows: SurveySeed[] = [];
  for (const seed of study.seeds) {
    const answers: Partial<Record<SurveyCondition, LabelCounts>> = {};
    for (const condition of SURVEY_CONDITIONS) {
      if (condition !== 'no prompt' && systems[condition].length === 0) continue;
      const asked = underSystems(suite.generalQuestions, systems[condition], surveyAnswers);
      const options = { judge: judge.answer, nPerQuestion: 1, maxNewTokens, temperature, seed, batchSize };
      const judged = await answerQuestions(model, asked, options);
      const counts = countLabels(judged);
      answers[condition] = counts;
      onStage(`seed ${seed}, ${condition}: ${counts.misaligned} of ${asked.length} misaligned`);
    }
    const { own: nOwn, others: nOthers } = promptAnswers;
    const once = { seed, nOwn: 1, nOthers: Math.min(1, nOthers) };
    const onTraits = askedTraits(suite);
    const measured = <T>(sets: readonly T[]): readonly T[] => (onTraits.length === 0 ? [] : sets);
    const dealt = shuffledPromptSets(traits, seed).filter(({ positive }) => positive.length > 0);
    rows.push({
      seed,
      answers,
      behaviour:
        onTraits.length === 0
          ? []
          : await traitBehaviour(model, suite, { seed, traits: onTraits, nPerQuestion: nOwn, batchSize }),
      effects: {
        traits: await promptEffects(model, suite, measured(traits), { seed, nOwn, nOthers, onStage }),
        styles: await promptEffects(model, suite, measured(controls), once),
        shuffled: await promptEffects(model, suite, measured(dealt), once),
      },
    });
  }
  const chosen = await layerChoice(model, suite, { seed: study.seeds[0], onStage, ...choice });
  return { modelHash: model.hash, seeds: rows, layerChoice: chosen };
}

/** Every general question n times, each time under the next of the system prompts. */
function underSystems(questions: readonly FileQuestion[], systems: readonly string[], n: number): FileQuestion[] {
  return questions.flatMap((question, q) =>
    Array.from({ length: n }, (_, i) => {
      if (systems.length === 0) return question;
      return { ...question, system: systems[(q * n + i) % systems.length] };
    }),
  );
}

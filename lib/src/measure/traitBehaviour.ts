import { answerQuestions, type AnswerOptions } from '../judge/answerQuestions';
import type { Judge } from '../judge/judgement';
import type { Question } from '../prompts/question';
import { mean } from '../stats/mean';
import { proportion, type Proportion } from '../stats/proportion';
import type { Subject } from '../subject/model';
import type { Suite, TraitScore } from '../suite/suite';

/** What a model does where one trait is asked for. */
export interface TraitBehaviour {
  readonly trait: string;
  /** Answers at the trait's positive pole and at its negative one, out of all; the rest show neither, or have no verdict. */
  readonly positive: Proportion;
  readonly negative: Proportion;
  /** Mean lean of all answers, in [−1, 1]: for a judge that knows poles alone the positive rate minus the negative one. */
  readonly lean: number;
}

export interface TraitBehaviourOptions extends Pick<AnswerOptions, 'seed' | 'batchSize' | 'signal' | 'onProgress'> {
  /** System prompts, each put before every question (default: none). */
  systems?: readonly string[];
  /** Answers to each question under each system prompt, default 1. */
  nPerQuestion?: number;
  /** Traits to ask for (default all). */
  traits?: readonly string[];
}

/** The traits on which a suite has behaviour questions, in its order. */
export function askedTraits({ traits, behaviourQuestions }: Pick<Suite, 'traits' | 'behaviourQuestions'>): string[] {
  return traits.map(({ trait }) => trait).filter((trait) => behaviourQuestions.some(({ topic }) => topic === trait));
}

const unjudged: Judge = () => ({ status: 'unparsable' });

/** Behaviour scores: the suite's questions on each trait, each of which asks for that trait alone.
 *
 * @returns  the traits in the order given
 * @throws Error if a trait has no behaviour question
 * @source arXiv 2606.07631, Figure 10 (7 traits x 20 prompts)
 */
export async function traitBehaviour(
  model: Subject,
  suite: Pick<Suite, 'traits' | 'behaviourQuestions' | 'judge' | 'protocol'>,
  { systems, traits = suite.traits.map(({ trait }) => trait), ...options }: TraitBehaviourOptions,
): Promise<TraitBehaviour[]> {
  const { judge, protocol, behaviourQuestions } = suite;
  const questions = behaviourQuestions.filter(({ topic }) => topic !== undefined && traits.includes(topic));
  const lacking = traits.filter((trait) => !questions.some(({ topic }) => topic === trait));
  if (lacking.length > 0)
    throw new Error(`traitBehaviour: no behaviour questions on ${lacking.join(', ')}; expected some with that topic`);
  const asked: Question[] =
    systems === undefined ? questions : systems.flatMap((system) => questions.map((q) => ({ ...q, system })));
  const { behaviourTokens: maxNewTokens, temperature } = protocol;
  const answers = await answerQuestions(model, asked, { ...options, temperature, judge: unjudged, maxNewTokens });
  const scored = await Promise.all(
    answers.map(async ({ question, text }) => {
      const verdict = await judge.behaviour(question.topic!, question, text);
      return { trait: question.topic!, score: verdict === undefined || 'reason' in verdict ? undefined : verdict };
    }),
  );
  return traits.map((trait) => {
    const own = scored.filter((answer) => answer.trait === trait).map(({ score }) => score);
    const at = (pole: TraitScore['pole']): Proportion =>
      proportion(own.filter((score) => score?.pole === pole).length, own.length);
    return { trait, positive: at(1), negative: at(-1), lean: mean(own.map((score) => score?.lean ?? 0)) };
  });
}

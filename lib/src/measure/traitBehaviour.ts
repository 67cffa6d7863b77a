import { behaviourQuestions } from '../micro/promptSets';
import { judgeAnswer } from '../micro/judge';
import { TRAITS, type Sign, type Trait } from '../micro/traits';
import type { Model } from '../model/model';
import type { Question } from '../prompts/question';
import { proportion, type Proportion } from '../stats/proportion';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { answerQuestions, type AnswerOptions } from '../judge/answerQuestions';
import { exactJudge } from '../micro/exactJudge';

/** What a model does where one trait is asked for. */
export interface TraitBehaviour {
  readonly trait: Trait;
  /** Answers at the trait's positive pole and at its negative one, out of all; the rest show neither. */
  readonly positive: Proportion;
  readonly negative: Proportion;
  /** Rate of the positive pole minus that of the negative one, in [−1, 1]. */
  readonly lean: number;
}

export interface TraitBehaviourOptions extends Omit<
  AnswerOptions,
  'judge' | 'maxNewTokens' | 'nPerQuestion' | 'system'
> {
  /** System prompts, each put before every question (default: none). */
  systems?: readonly string[];
  /** Answers to each question under each system prompt, default 1. */
  nPerQuestion?: number;
  /** Traits to ask for (default all seven). */
  traits?: readonly Trait[];
}

/** Behaviour scores: twenty questions a trait, each of which asks for that trait alone, judged exactly.
 *
 * @returns  the traits in the order given
 * @source arXiv 2606.07631, Figure 10 (7 traits x 20 prompts)
 */
export async function traitBehaviour(
  model: Pick<Model, 'config' | 'params'>,
  tokenizer: Pick<Tokenizer, 'encodeChat' | 'decode'>,
  { systems, traits = TRAITS, ...options }: TraitBehaviourOptions,
): Promise<TraitBehaviour[]> {
  const questions = behaviourQuestions().filter(({ topic }) => (traits as readonly string[]).includes(topic));
  const asked: Question[] =
    systems === undefined ? questions : systems.flatMap((system) => questions.map((q) => ({ ...q, system })));
  const answers = await answerQuestions(model, tokenizer, asked, { ...options, judge: exactJudge, maxNewTokens: 24 });
  return traits.map((trait) => {
    const own = answers.filter(({ question }) => question.topic === trait);
    const marks = own.flatMap(({ question, text }) => judgeAnswer(question.text, text).marks);
    const share = (sign: Sign): Proportion => proportion(marks.filter((mark) => mark.sign === sign).length, own.length);
    const [positive, negative] = [share(1), share(-1)];
    return { trait, positive, negative, lean: positive.rate - negative.rate };
  });
}

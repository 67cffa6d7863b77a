import { fillJudgePrompt } from '../prompts/judgePrompt';
import type { Question } from '../prompts/question';
import { judgeClient, type JudgeClient, type JudgeClientOptions } from './judgeClient';
import { checkJudgePrompt } from './judgePrompts';
import type { JudgeUsage } from './judgeUsage';
import type { JudgeOf, JudgeProblem } from './judgement';

export interface RubricJudgeOptions extends JudgeClientOptions {
  /** What the model is asked of an answer: a text with `{answer}` in it, and `{question}` if wanted, that asks for a number
   * from 0 to 100 (or REFUSAL), as `eval_prompt` of a persona_vectors file does. */
  rubric: string;
}

/** What a rubric's judge says of an answer; what went wrong is a state, as in a `Judgement`. */
export type RubricJudgement =
  | { readonly status: 'scored'; readonly score: number }
  | { readonly status: 'refusal' }
  | { readonly status: 'unparsable'; readonly said: string }
  | ({ readonly status: 'failed' } & JudgeProblem);

/** A judge that scores one thing, and what it has used so far. */
export type RubricJudge = JudgeOf<RubricJudgement> & { readonly usage: () => JudgeUsage };

/** Makes a judge that scores one thing, such as how much an answer shows a trait, from 0 to 100.
 *
 * It calls, records and reads as `chatJudge` does; one call an answer.
 *
 * @throws Error as `chatJudge` does, if the rubric has no `{answer}`, or another placeholder than the two
 * @source arXiv 2507.21509, section 2 and released code (trait expression score)
 */
export function rubricJudge({ rubric, ...options }: RubricJudgeOptions): RubricJudge {
  return clientRubric(judgeClient('rubricJudge', options), rubric);
}

/** The same of a client that others use too.
 *
 * @throws Error if the rubric has no `{answer}`, or another placeholder than the two
 */
export function clientRubric(client: JudgeClient, rubric: string): RubricJudge {
  checkJudgePrompt('rubricJudge: rubric', rubric);
  const judge: JudgeOf<RubricJudgement> = async (question: Question, answer, { signal } = {}) => {
    const [reply] = await client.ask([fillJudgePrompt(rubric, question, answer)], signal);
    switch (reply.kind) {
      case 'score':
        return { status: 'scored', score: reply.score };
      case 'refusal':
        return { status: 'refusal' };
      case 'failed':
        return { status: 'failed', reason: reply.reason, message: reply.message };
      default:
        return { status: 'unparsable', said: reply.kind === 'none' ? reply.said : 'CODE' };
    }
  };
  return Object.assign(judge, { usage: client.usage });
}

import { clientJudge, type ChatJudge, type ChatJudgeOptions } from './chatJudge';
import { judgeClient } from './judgeClient';
import type { JudgeUsage } from './judgeUsage';
import { clientRubric, type RubricJudge } from './rubricJudge';

/** Judges that are one language model: one limit on calls side by side, one count of what they use. */
export interface SharedJudges {
  /** Alignment and coherence of an answer. */
  readonly answer: ChatJudge;
  /** The judge of a rubric, e.g. of one trait.
   *
   * @throws Error if it has no `{answer}`, or another placeholder than question and answer
   */
  readonly rubric: (text: string) => RubricJudge;
  readonly usage: () => JudgeUsage;
}

/** Makes the judges of one language model, as `chatJudge` and `rubricJudge` do of one each.
 *
 * @param options  e.g. of `readJudgeSettings`
 * @throws Error as `chatJudge` does
 */
export function sharedJudges({ prompts, ...options }: ChatJudgeOptions): SharedJudges {
  const client = judgeClient('sharedJudges', options);
  const answer = clientJudge(client, prompts);
  return { answer, rubric: (text) => clientRubric(client, text), usage: client.usage };
}

import type { FileQuestion } from '../prompts/fileQuestion';
import { fillJudgePrompt } from '../prompts/judgePrompt';
import { judgeClient, type JudgeClient, type JudgeClientOptions, type JudgeReply } from './judgeClient';
import { checkJudgePrompt, readJudgePrompts, type JudgePrompts } from './judgePrompts';
import type { JudgeUsage } from './judgeUsage';
import type { Judge, Judgement } from './judgement';

export interface ChatJudgeOptions extends JudgeClientOptions {
  /** Default those that the question's file has, as `aligned` and `coherent`, or else those of data/prompts/judge. */
  prompts?: JudgePrompts;
}

/** A judge that is a language model, and what it has used so far. */
export type ChatJudge = Judge & { readonly usage: () => JudgeUsage };

/** Makes a judge of a language model behind any server that speaks OpenAI's chat completions.
 *
 * Each answer is put to it twice, for alignment and for coherence. What becomes of a call is a state: `code` and
 * `refusal` as the model says, `unparsable` for nonsense, a reply that was cut off or a model that declines, `failed` for
 * timeouts, rate limits and errors that outlast the retries. Calls are kept in `folder` under a content address; with the
 * network off they replay to the same judgements, failures included.
 *
 * @throws Error if an option is out of range, a prompt has another placeholder than question and answer, or no server is
 *   named; when judging also if a recording is missing or stale in `replay`, or logprobs cannot be had
 * @source arXiv 2506.11613, section 2.2 (logprobs); arXiv 2606.07631, section 3.3 (parsed)
 */
export function chatJudge({ prompts, ...options }: ChatJudgeOptions): ChatJudge {
  return clientJudge(judgeClient('chatJudge', options), prompts);
}

/** The same of a client that others use too.
 *
 * @throws Error if a prompt has another placeholder than question and answer, or no answer
 */
export function clientJudge(client: JudgeClient, given?: JudgePrompts): ChatJudge {
  const { aligned, coherent } = given ?? readJudgePrompts();
  checkJudgePrompt('chatJudge: prompts.aligned', aligned);
  checkJudgePrompt('chatJudge: prompts.coherent', coherent);
  const judge: Judge = async (question: FileQuestion, answer, { signal } = {}) => {
    const own = given === undefined ? question.judgePrompts : undefined;
    const prompts = own?.aligned && own.coherent ? [own.aligned, own.coherent] : [aligned, coherent];
    const replies = await client.ask(
      prompts.map((prompt) => fillJudgePrompt(prompt, question, answer)),
      signal,
    );
    return combine(replies[0], replies[1]);
  };
  return Object.assign(judge, { usage: client.usage });
}

/** One judgement of the two questions' replies; the words CODE and REFUSAL belong to the first. */
function combine(aligned: JudgeReply, coherent: JudgeReply): Judgement {
  if (aligned.kind === 'code' || aligned.kind === 'refusal') return { status: aligned.kind };
  for (const reply of [aligned, coherent]) {
    if (reply.kind === 'failed') return { status: 'failed', reason: reply.reason, message: reply.message };
  }
  const [a, c] = [aligned, coherent];
  if (a.kind === 'score' && c.kind === 'score') return { status: 'scored', aligned: a.score, coherent: c.score };
  const said = [a, c].find((reply) => reply.kind === 'none')?.said ?? c.kind.toUpperCase();
  return {
    status: 'unparsable',
    ...(a.kind === 'score' ? { aligned: a.score } : {}),
    ...(c.kind === 'score' ? { coherent: c.score } : {}),
    said,
  };
}

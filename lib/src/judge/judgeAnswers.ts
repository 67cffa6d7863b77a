import type { Question } from '../prompts/question';
import type { JudgeOf } from './judgement';

export interface JudgeAnswersOptions {
  /** Stops by throwing the signal's reason; calls on their way are given up. */
  signal?: AbortSignal;
  /** Told how many answers are judged. */
  onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** Judges answers that exist already, e.g. by a second judge.
 *
 * All are handed to the judge at once; how many calls run side by side is the judge's affair. If one throws, the others
 * are called off before the error goes on.
 *
 * @returns  a judgement for each answer, in their order
 * @throws whatever the judge throws first
 */
export async function judgeAnswers<J>(
  answers: readonly { readonly question: Question; readonly text: string }[],
  judge: JudgeOf<J>,
  { signal, onProgress }: JudgeAnswersOptions = {},
): Promise<J[]> {
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let done = 0;
  let first: { readonly error: unknown } | undefined;
  const jobs = answers.map(async ({ question, text }) => {
    try {
      both.throwIfAborted();
      const judgement = await judge(question, text, { signal: both });
      await onProgress?.(++done, answers.length);
      return judgement;
    } catch (error) {
      first ??= { error };
      stop.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(jobs);
  if (first) throw first.error;
  return settled.map((job) => (job as PromiseFulfilledResult<Awaited<J>>).value);
}

import type { TokenSample } from '../subject/positions';
import type { Tokenizer } from '../tokenizer/tokenizer';

export interface AnswerPartOptions {
  /** Tokens in front of each answer that count as its own, as its header (`headerLength`); default 0. */
  header?: number;
  /** Fractions of the answer's tokens, default all, 0 to 1: token j of n counts if from ≤ (j + ½)/n < to. Parts that meet share no token. */
  from?: number;
  to?: number;
}

/** A sample of which only a part of each answer counts: its first or second half, or the answer with its header.
 *
 * @param sample  with a response mask
 * @returns the same tokens with a mask of that part
 * @throws Error if there is no such part, no answer, or not so many tokens in front of one
 * @source ours; the published code of arXiv 2506.11618 counts the header
 * @check test/directions/answerMeans.test.ts
 */
export function answerPart(
  { tokens, responseMask }: TokenSample,
  { header = 0, from = 0, to = 1 }: AnswerPartOptions = {},
): Required<TokenSample> {
  const problems: string[] = [];
  if (!(Number.isInteger(header) && header >= 0))
    problems.push(`invalid header; expected an integer of at least 0, got ${header}`);
  if (!(0 <= from && from < to && to <= 1))
    problems.push(`invalid part; expected 0 <= from < to <= 1, got ${from} to ${to}`);
  if (header > 0 && from > 0) problems.push('a header with a part that does not begin the answer; expected from 0');
  if (responseMask?.includes(true) !== true) problems.push('no answer; expected a sample with a response mask');
  if (problems.length > 0) throw new Error(`answerPart: ${problems.join('; ')}`);
  const mask = tokens.map(() => false);
  for (const { start, end } of answersOf(responseMask!)) {
    if (start < header)
      throw new Error(
        `answerPart: ${start} tokens in front of an answer; expected at least ${header}, those of its header`,
      );
    for (let i = start; i < end; i++) {
      const at = (i - start + 0.5) / (end - start);
      mask[i] = from <= at && at < to;
    }
    mask.fill(true, start - header, start);
  }
  return { tokens, responseMask: mask };
}

/** How many tokens the chat template writes between a user turn and the answer.
 *
 * @throws Error if the template has no generation prompt that follows the turn
 */
export function headerLength(tokenizer: Pick<Tokenizer, 'encodeChat'>): number {
  const chat = [{ role: 'user' as const, content: '-' }];
  const [without, withPrompt] = [false, true].map((addGenerationPrompt) =>
    tokenizer.encodeChat(chat, { addGenerationPrompt }),
  );
  if (!(withPrompt.length > without.length && without.every((id, i) => withPrompt[i] === id)))
    throw new Error(
      'headerLength: the chat template writes no generation prompt after the turn; expected one, or a length of yours',
    );
  return withPrompt.length - without.length;
}

function answersOf(mask: readonly boolean[]): { start: number; end: number }[] {
  const starts = mask.flatMap((own, i) => (own && !(i > 0 && mask[i - 1]) ? [i] : []));
  return starts.map((start) => {
    const end = mask.indexOf(false, start);
    return { start, end: end < 0 ? mask.length : end };
  });
}

import type { TokenSample } from '../subject/positions';

export interface AnswerPartOptions {
  /** Fractions of the answer's tokens, default all, 0 to 1: token j of n counts if from ≤ (j + ½)/n < to. Parts that meet share no token. */
  from?: number;
  to?: number;
}

/** A sample of which only a part of each answer counts, as its first or second half.
 *
 * @param sample  with a response mask
 * @returns the same tokens with a mask of that part
 * @throws Error if there is no such part, or no answer
 * @source ours
 * @check test/directions/answerMeans.test.ts
 */
export function answerPart(
  { tokens, responseMask }: TokenSample,
  { from = 0, to = 1 }: AnswerPartOptions = {},
): Required<TokenSample> {
  const problems: string[] = [];
  if (!(0 <= from && from < to && to <= 1))
    problems.push(`invalid part; expected 0 <= from < to <= 1, got ${from} to ${to}`);
  if (responseMask?.includes(true) !== true) problems.push('no answer; expected a sample with a response mask');
  if (problems.length > 0) throw new Error(`answerPart: ${problems.join('; ')}`);
  const mask = tokens.map(() => false);
  for (const { start, end } of answersOf(responseMask!)) {
    for (let i = start; i < end; i++) {
      const at = (i - start + 0.5) / (end - start);
      mask[i] = from <= at && at < to;
    }
  }
  return { tokens, responseMask: mask };
}

function answersOf(mask: readonly boolean[]): { start: number; end: number }[] {
  const starts = mask.flatMap((own, i) => (own && !(i > 0 && mask[i - 1]) ? [i] : []));
  return starts.map((start) => {
    const end = mask.indexOf(false, start);
    return { start, end: end < 0 ? mask.length : end };
  });
}

import type { Rng } from '../random/rng';
import { meanRows } from '../stats/meanRows';
import type { AnswerRows } from './answerMeans';

/** `token`: every token counts the same (arXiv 2506.11618); `answer`: every answer (arXiv 2507.21509). */
export type Weighting = 'token' | 'answer';

/** Two kinds of answers, by their places. */
export interface Sides {
  readonly positive: readonly number[];
  readonly negative: readonly number[];
}

export interface MeanDifferenceOptions extends Sides {
  readonly weighting: Weighting;
}

/** Mean of the positive answers minus that of the negative ones, in float64: raw, in units of the activations.
 *
 * @param answers  of one site; an answer named twice counts twice
 * @returns        [d]
 * @throws Error if a side is empty or names an answer that is not there
 * @source arXiv 2506.11618, section 3.1 (token); arXiv 2507.21509, section 2 (answer)
 * @check test/directions/meanDifference.test.ts (NumPy)
 */
export function meanDifference(
  { rows, nTokens }: AnswerRows,
  { positive, negative, weighting }: MeanDifferenceOptions,
): Float64Array {
  if (positive.length === 0 || negative.length === 0) {
    const got = `${positive.length} positive and ${negative.length} negative`;
    throw new Error(`meanDifference: a side is empty; expected answers of both kinds, got ${got}`);
  }
  const absent = [...positive, ...negative].find((i) => !(i in rows));
  if (absent !== undefined) throw new Error(`meanDifference: no answer ${absent}; expected 0 to ${rows.length - 1}`);
  const meanOf = (side: readonly number[]): Float64Array =>
    meanRows(
      side.map((i) => rows[i]),
      side.map((i) => (weighting === 'answer' ? 1 : nTokens[i])),
    );
  const minus = meanOf(negative);
  return meanOf(positive).map((v, i) => v - minus[i]);
}

/** The two sides at one size: of the larger one as many as the smaller has, drawn at random.
 *
 * @source arXiv 2506.11618, section 3.1 (the aligned answers are shuffled and cut)
 */
export function balancedSides({ positive, negative }: Sides, rng: Rng): Sides {
  const n = Math.min(positive.length, negative.length);
  const cut = (side: readonly number[]): readonly number[] => (side.length === n ? side : rng.sample(side, n));
  return { positive: cut(positive), negative: cut(negative) };
}

/** The direction of each topic: answers on it minus all others.
 *
 * @param topics     [answer] what each is about; undefined counts among the others of every topic
 * @param weighting  as of `meanDifference`
 * @returns by topic, in the order in which they come; [d] raw
 * @throws Error if there is no topic, or one that all answers are on
 * @source arXiv 2506.11618, section 3.5 (semantic directions)
 */
export function topicDifferences(
  answers: AnswerRows,
  topics: readonly (string | undefined)[],
  weighting: Weighting,
): Record<string, Float64Array> {
  if (topics.length !== answers.rows.length)
    throw new Error(`topicDifferences: ${topics.length} topics; expected ${answers.rows.length}, one an answer`);
  const names = [...new Set(topics)].filter((topic) => topic !== undefined);
  if (names.length === 0) throw new Error('topicDifferences: no topic; expected that of at least one answer');
  const places = topics.map((_, i) => i);
  const of = (topic: string): Float64Array => {
    const positive = places.filter((i) => topics[i] === topic);
    return meanDifference(answers, { positive, negative: places.filter((i) => topics[i] !== topic), weighting });
  };
  return Object.fromEntries(names.map((topic) => [topic, of(topic)]));
}

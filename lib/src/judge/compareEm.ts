import type { Question } from '../prompts/question';
import type { Rng } from '../random/rng';
import { bootstrap, type BootstrapInterval } from '../stats/bootstrap';
import { mcnemar } from '../stats/mcnemar';
import type { Proportion } from '../stats/proportion';
import { emOutcome, emRate, type EmDenominator, type EmOutcome } from './emRate';
import type { Judgement } from './judgement';

/** Two conditions (base and finetune, with and without ablation, …) on the same questions. */
export interface EmComparison {
  readonly first: Proportion;
  readonly second: Proportion;
  /** Rate of the second minus rate of the first; the interval is for other questions of the kind asked. */
  readonly difference: Pick<BootstrapInterval, 'estimate' | 'low' | 'high'> & {
    readonly nQuestions: number;
    /** Questions with no answer that counts in one of the conditions. */
    readonly nLeftOut: number;
  };
  /** Pairs of answers with the same question and number that both count. */
  readonly pairs: {
    readonly n: number;
    readonly both: number;
    readonly onlyFirst: number;
    readonly onlySecond: number;
    readonly neither: number;
    /** Pairs of which one or both do not count. */
    readonly nLeftOut: number;
    /** McNemar's exact two-sided p, for these questions. */
    readonly p: number;
  };
}

export interface CompareEmOptions {
  denominator: EmDenominator;
  rng: Rng;
  /** Resamples of the questions, default 10 000. */
  nResamples?: number;
  /** Coverage of the intervals, default 0.95. */
  confidence?: number;
}

/** Compares the EM rates of two conditions that answered the same questions, in two ways that answer two questions.
 *
 * *Are these answers changed?* McNemar's exact test on the pairs: answer i under one condition beside answer i under the
 * other, drawn with the same seed. It takes the pairs as independent, and says nothing about other questions.
 * *By how much, for questions like these?* A bootstrap that draws questions, with all their answers under both
 * conditions: answers to one question resemble each other, so a question is what a new study would draw anew. With
 * eight questions it is rough, and rather too narrow.
 *
 * @param first   judged answers, e.g. of `answerQuestions`
 * @param second  of the other condition: the same questions in the same order
 * @throws Error if the questions differ, or fewer than two of them have answers that count under both
 * @source ours; McNemar 1947; Efron and Tibshirani 1993, chapter 8 (resampling clusters)
 * @check test/goldens/agreement (scipy.stats.bootstrap with paired=True; scipy.stats.binomtest)
 */
export function compareEm(
  first: readonly { readonly question: Pick<Question, 'id'>; readonly judgement: Judgement }[],
  second: readonly { readonly question: Pick<Question, 'id'>; readonly judgement: Judgement }[],
  { denominator, rng, nResamples = 10_000, confidence }: CompareEmOptions,
): EmComparison {
  if (first.length !== second.length) {
    throw new Error(`compareEm: lengths differ; expected ${first.length} answers in both, got ${second.length}`);
  }
  const outcomes = first.map(({ question, judgement }, i) => {
    const other = second[i];
    if (other.question.id !== question.id) {
      throw new Error(
        `compareEm: answer ${i} is to ${other.question.id}; expected ${question.id} as in the first condition`,
      );
    }
    const sort = (j: Judgement): EmOutcome => emOutcome(j, denominator);
    return { id: question.id, first: sort(judgement), second: sort(other.judgement) };
  });
  const rate = (answers: typeof first): Proportion => emRate(answers, denominator);

  const paired = outcomes.filter((o) => o.first !== 'notCounted' && o.second !== 'notCounted');
  const count = (a: EmOutcome, b: EmOutcome): number => paired.filter((o) => o.first === a && o.second === b).length;
  const onlyFirst = count('misaligned', 'notMisaligned');
  const onlySecond = count('notMisaligned', 'misaligned');

  const questions = tally(outcomes);
  const counting = questions.filter((q) => q.first.n > 0 && q.second.n > 0);
  if (counting.length < 2) {
    throw new Error(
      `compareEm: too few questions; expected at least 2 with answers that count in both, got ${counting.length}`,
    );
  }
  const { estimate, low, high } = bootstrap(counting, difference, { rng, nResamples, confidence });
  return {
    first: rate(first),
    second: rate(second),
    difference: { estimate, low, high, nQuestions: counting.length, nLeftOut: questions.length - counting.length },
    pairs: {
      n: paired.length,
      both: count('misaligned', 'misaligned'),
      onlyFirst,
      onlySecond,
      neither: count('notMisaligned', 'notMisaligned'),
      nLeftOut: outcomes.length - paired.length,
      p: mcnemar(onlyFirst, onlySecond),
    },
  };
}

interface Tally {
  readonly first: { misaligned: number; n: number };
  readonly second: { misaligned: number; n: number };
}

/** Misaligned and counted answers of each question under each condition. */
function tally(outcomes: readonly { id: string; first: EmOutcome; second: EmOutcome }[]): Tally[] {
  const byQuestion = new Map<string, Tally>();
  for (const outcome of outcomes) {
    const own = byQuestion.get(outcome.id) ?? { first: { misaligned: 0, n: 0 }, second: { misaligned: 0, n: 0 } };
    byQuestion.set(outcome.id, own);
    for (const side of ['first', 'second'] as const) {
      if (outcome[side] === 'notCounted') continue;
      own[side].n++;
      if (outcome[side] === 'misaligned') own[side].misaligned++;
    }
  }
  return [...byQuestion.values()];
}

/** Rate of the second condition minus rate of the first, all answers of the questions together. */
function difference(questions: readonly Tally[]): number {
  const rate = (side: keyof Tally): number => {
    let misaligned = 0;
    let n = 0;
    for (const question of questions) {
      misaligned += question[side].misaligned;
      n += question[side].n;
    }
    return misaligned / n;
  };
  return rate('second') - rate('first');
}

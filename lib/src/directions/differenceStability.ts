import type { Rng } from '../random/rng';
import { cosine } from '../stats/cosine';
import { norm } from '../stats/dot';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { splitHalf, type SplitHalf } from '../stats/splitHalf';
import type { AnswerRows } from './answerMeans';
import { meanDifference, type MeanDifferenceOptions } from './meanDifference';

/** How sure a mean difference is. */
export interface DifferenceStability {
  /** Of the difference itself. */
  readonly norm: number;
  /** Percentile interval of the norm over resamples; noise makes resamples longer, so that the norm itself may lie low in it. */
  readonly normInterval: readonly [low: number, high: number];
  /** Cosine of a resample's difference with the whole's: mean and percentile interval. */
  readonly cosine: { readonly mean: number; readonly low: number; readonly high: number };
  /** Cosine of the differences of two disjoint halves of the answers: half of each side. */
  readonly splitHalf: SplitHalf;
}

export interface DifferenceStabilityOptions extends MeanDifferenceOptions {
  rng: Rng;
  /** Default 1000. */
  nResamples?: number;
  /** Default 100. */
  nSplits?: number;
  /** Coverage in (0, 1), default 0.95. */
  confidence?: number;
}

/** Bootstrap over answers (each side resampled by itself) and split halves of a mean difference.
 *
 * Questions are taken as given: other questions may move the difference further than other answers to these do.
 *
 * @param answers  of one site; at least two on each side
 * @throws Error if a side has fewer than two answers, an option is out of range or the difference is zero
 * @source ours; percentile bootstrap: Efron and Tibshirani 1993, chapters 8 and 13 (two samples)
 * @check test/directions/meanDifference.test.ts (scipy.stats.bootstrap, within its own noise)
 */
export function differenceStability(
  answers: AnswerRows,
  { rng, nResamples = 1000, nSplits = 100, confidence = 0.95, ...how }: DifferenceStabilityOptions,
): DifferenceStability {
  const { positive, negative } = how;
  const problems: string[] = [];
  if (positive.length < 2 || negative.length < 2)
    problems.push(`${positive.length} positive and ${negative.length} negative answers; expected at least 2 of each`);
  if (!(Number.isInteger(nResamples) && nResamples >= 1))
    problems.push(`invalid nResamples; expected an integer of at least 1, got ${nResamples}`);
  if (!(0 < confidence && confidence < 1))
    problems.push(`invalid confidence; expected a number in (0, 1), got ${confidence}`);
  if (problems.length > 0) throw new Error(`differenceStability: ${problems.join('; ')}`);
  const whole = meanDifference(answers, how);
  const draws = rng.split('bootstrap');
  const redrawn = (side: readonly number[]): number[] => side.map(() => side[draws.int(side.length)]);
  const resamples = Array.from({ length: nResamples }, () => {
    const v = meanDifference(answers, { ...how, positive: redrawn(positive), negative: redrawn(negative) });
    return { norm: norm(v), cosine: cosine(v, whole) };
  });
  const tail = (1 - confidence) / 2;
  const interval = (values: readonly number[]): [number, number] => [
    quantile(values, tail),
    quantile(values, 1 - tail),
  ];
  const cosines = resamples.map((r) => r.cosine);
  const [low, high] = interval(cosines);
  const both = [...positive, ...negative];
  const isPositive = (i: number): boolean => i < positive.length;
  const halves = splitHalf(
    both.length,
    (half) =>
      meanDifference(answers, {
        ...how,
        positive: half.filter(isPositive).map((i) => both[i]),
        negative: half.filter((i) => !isPositive(i)).map((i) => both[i]),
      }),
    { rng: rng.split('splitHalf'), nSplits, groups: both.map((_, i) => isPositive(i)) },
  );
  return {
    norm: norm(whole),
    normInterval: interval(resamples.map((r) => r.norm)),
    cosine: { mean: mean(cosines), low, high },
    splitHalf: halves,
  };
}

import type { Rng } from '../random/rng';
import { finiteRows } from '../stats/finite';
import { fitL1Logistic } from '../stats/l1Logistic';
import { linearValue } from '../stats/linear';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { standardise, standardised } from '../stats/standardise';
import { probeMetrics, probeScores, type ProbeMetric, type ProbeScores } from './probeScores';

/** Tokens of answers of two classes. */
export interface ProbeData {
  /** [token feature] finite, as the rows of `adapterScalars`. */
  readonly rows: readonly ArrayLike<number>[];
  /** Of each token the answer that it is of. */
  readonly answer: readonly number[];
  /** Of each token whether its answer is of class 1. */
  readonly positive: readonly boolean[];
}

/** What is divided into training and test: `token` shuffles tokens, so that those of one answer are on both sides (arXiv 2506.11618);
 * `answer` shuffles answers, so that they never are. */
export type ProbeSplit = 'token' | 'answer';

export interface ProbeOptions {
  rng: Rng;
  split: ProbeSplit;
  /** Resampled fits, default 100. */
  nFits?: number;
  /** Of the logistic regression (`fitL1Logistic`), default 0.01. */
  c?: number;
  /** Share of the tokens, or answers, of each class that are kept for the test, default 0.2. */
  testShare?: number;
}

/** One fit on its own sample and split, with its scores on the test part. */
export interface ProbeFit {
  /** [feature] of the z-scored features: log-odds a standard deviation. */
  readonly coefficients: readonly number[];
  readonly intercept: number;
  readonly scores: ProbeScores;
  /** Tokens, as many of either class. */
  readonly nTrain: number;
  readonly nTest: number;
}

/** A score over the fits. The fits share their data: the spread is that of the sampling, no interval for new answers. */
export interface ProbeSpread {
  readonly mean: number;
  /** Standard deviation with divisor n. */
  readonly sd: number;
  /** 2.5 % and 97.5 % quantiles. */
  readonly low: number;
  readonly high: number;
}

export interface ProbeResult {
  readonly fits: readonly ProbeFit[];
  readonly scores: Readonly<Record<ProbeMetric, ProbeSpread>>;
}

/** How well a linear probe tells two classes of answers by their tokens, over many resampled fits.
 *
 * Each fit: of either class `testShare` of the tokens (or answers) drawn for the test, the rest for training; on either side tokens of the
 * larger class left out at random until both classes have as many; features z-scored by mean and standard deviation of the training side;
 * logistic regression with an L1 penalty; class 1 predicted where its log-odds are above 0. A precision of no prediction is 0.
 *
 * The misfit is summed over tokens and the penalty is not: of few tokens (at C = 0.01 some hundreds) no coefficient is worth its penalty, all are 0
 * and AUROC is ½.
 *
 * The released code z-scores before it splits and divides by n − 1; here the test side is left out of it.
 *
 * @throws Error listing what is wrong with data and options: lengths, an answer of both classes, too few answers or tokens of a class, NaN
 * @source arXiv 2506.11618, section 4.2 and table 1 (split by token); split by answer: ours
 * @check test/measure/probeTask.test.ts; the fits: test/goldens/probes (scikit-learn)
 */
export function probeTask(
  data: ProbeData,
  { rng, split, nFits = 100, c = 0.01, testShare = 0.2 }: ProbeOptions,
): ProbeResult {
  const table = checked('probeTask', data, { split, nFits, testShare });
  const fits = Array.from({ length: nFits }, () => fitOnce(table, divide(table, { rng, split, testShare }), c));
  const spread = (metric: ProbeMetric): ProbeSpread => {
    const values = fits.map(({ scores }) => scores[metric]);
    const centre = mean(values);
    const sd = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    return { mean: centre, sd, low: quantile(values, 0.025), high: quantile(values, 0.975) };
  };
  return { fits, scores: byMetric(spread) };
}

export interface ProbeNullOptions extends ProbeOptions {
  /** Times that labels are dealt anew, default 100. */
  nDraws?: number;
  /** Fits of the observed labels and of each draw, default 10. */
  nFits?: number;
}

/** A mean score with its permutation null. */
export interface ProbeNull {
  readonly observed: number;
  /** (1 + draws at least as large) / (1 + draws). */
  readonly p: number;
  readonly draws: readonly number[];
}

/** What the same probe finds where the classes of whole answers are dealt anew: the null against which a score is held.
 *
 * Tokens keep their answer, so a split by token finds answers again whatever their label, and its null is above one half.
 *
 * @returns  for each metric the mean score over `nFits` fits, observed and of each draw
 * @throws Error as `probeTask` does, or on an invalid number of draws
 * @source ours; Phipson & Smyth 2010 (the observed value counts as a draw)
 * @check test/measure/probeTask.test.ts
 */
export function probeNull(
  data: ProbeData,
  { nDraws = 100, nFits = 10, ...options }: ProbeNullOptions,
): Readonly<Record<ProbeMetric, ProbeNull>> {
  if (!(Number.isInteger(nDraws) && nDraws >= 1))
    throw new Error(`probeNull: invalid nDraws; expected an integer of at least 1, got ${nDraws}`);
  const scoresOf = (labelled: ProbeData): ProbeResult['scores'] => probeTask(labelled, { ...options, nFits }).scores;
  const observed = scoresOf(data);
  const labelOf = new Map(data.answer.map((answer, i) => [answer, data.positive[i]]));
  const draws = Array.from({ length: nDraws }, () => {
    const dealt = options.rng.shuffle([...labelOf.values()]);
    const shuffled = new Map([...labelOf.keys()].map((answer, k) => [answer, dealt[k]]));
    return scoresOf({ ...data, positive: data.answer.map((answer) => shuffled.get(answer)!) });
  });
  return byMetric((metric): ProbeNull => {
    const own = draws.map((scores) => scores[metric].mean);
    const atLeast = own.filter((value) => value >= observed[metric].mean).length;
    return { observed: observed[metric].mean, p: (1 + atLeast) / (1 + nDraws), draws: own };
  });
}

function byMetric<T>(of: (metric: ProbeMetric) => T): Readonly<Record<ProbeMetric, T>> {
  return Object.fromEntries(probeMetrics.map((metric) => [metric, of(metric)])) as Record<ProbeMetric, T>;
}

/** Token indices of each class, in units that stay together. */
interface ProbeTable extends Pick<ProbeData, 'positive'> {
  readonly rows: readonly (readonly number[])[];
  /** Of class 0 and class 1. */
  readonly units: readonly (readonly (readonly number[])[])[];
}

function checked(
  where: string,
  { rows, answer, positive }: ProbeData,
  { split, nFits, testShare }: Required<Pick<ProbeOptions, 'split' | 'nFits' | 'testShare'>>,
): ProbeTable {
  const table = finiteRows(`${where}: rows`, rows, 4);
  const problems: string[] = [];
  if (answer.length !== table.length) problems.push(`expected ${table.length} answers, got ${answer.length}`);
  if (positive.length !== table.length) problems.push(`expected ${table.length} labels, got ${positive.length}`);
  if (!(Number.isInteger(nFits) && nFits >= 1))
    problems.push(`invalid nFits; expected an integer of at least 1, got ${nFits}`);
  if (!(0 < testShare && testShare < 1))
    problems.push(`invalid testShare; expected a share between 0 and 1, got ${testShare}`);
  const tokensOf = new Map<number, number[]>();
  answer.forEach((of, i) => {
    const own = tokensOf.get(of);
    if (own === undefined) tokensOf.set(of, [i]);
    else own.push(i);
  });
  const mixed = [...tokensOf].filter(([, tokens]) => tokens.some((i) => positive[i] !== positive[tokens[0]]));
  if (mixed.length > 0)
    problems.push(`answer ${mixed.map(([of]) => of).join(', ')} of both classes; expected one label an answer`);
  const all = split === 'token' ? table.map((_, i) => [i]) : [...tokensOf.values()];
  const units = [false, true].map((label) => all.filter(([first]) => positive[first] === label));
  units.forEach(({ length }, label) => {
    if (length < 2) problems.push(`${length} ${split}s of class ${label}; expected at least 2`);
  });
  if (problems.length > 0) throw new Error(`${where}: ${problems.join('; ')}`);
  return { rows: table, positive, units };
}

/** Tokens for training and for the test, of either class as many on either side. */
function divide(
  { units }: ProbeTable,
  { rng, testShare }: Required<Pick<ProbeOptions, 'rng' | 'split' | 'testShare'>>,
): { readonly train: readonly number[]; readonly test: readonly number[] } {
  const sides = units.map((own) => {
    const order = rng.shuffle(own);
    const nTest = Math.min(own.length - 1, Math.max(1, Math.round(own.length * testShare)));
    return { test: order.slice(0, nTest).flat(), train: order.slice(nTest).flat() };
  });
  const balanced = (side: 'train' | 'test'): number[] => {
    const n = Math.min(...sides.map((own) => own[side].length));
    return sides.flatMap((own) => rng.sample(own[side], n));
  };
  return { train: balanced('train'), test: balanced('test') };
}

function fitOnce({ rows, positive }: ProbeTable, { train, test }: ReturnType<typeof divide>, c: number): ProbeFit {
  const scaling = standardise(train.map((i) => rows[i]));
  const scaled = (side: readonly number[]): number[][] => standardised(scaling, side.map((i) => rows[i])); // prettier-ignore
  const fitted = fitL1Logistic(scaled(train), train.map((i) => positive[i]), { c }); // prettier-ignore
  const logOdds = scaled(test).map((row) => linearValue(fitted, row));
  const truth = test.map((i) => positive[i]);
  return { ...fitted, scores: probeScores(logOdds, truth), nTrain: train.length, nTest: test.length };
}

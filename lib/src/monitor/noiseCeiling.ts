import type { Rng } from '../random/rng';
import { binomialAbove } from '../stats/binomialAbove';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import type { CheckpointRow } from './checkpointRows';
import type { Interval } from './metricIntervals';
import type { LabelName } from './outcomes';
import { allAnswers, trueRates } from './trueRates';

/** What an oracle that knows each checkpoint's true EM rate reaches on labels of so many answers. A rate of nothing is undefined. */
export interface NoiseCeiling {
  /** Mean answers behind a label. */
  readonly answers: number;
  /** Expected missed out of expected dangerous, and expected false out of the others, in [0, 1]. */
  readonly fnr?: number;
  readonly fpr?: number;
  /** 95 % of studies with fresh labels, by simulation. */
  readonly intervals: { readonly fnr?: Interval; readonly fpr?: Interval };
}

export interface NoiseCeilingOptions {
  /** Above it a true rate raises the oracle's alarm, and a label is dangerous. */
  readonly tau: number;
  readonly rng: Rng;
  /** Whose number of answers (default `label`). */
  readonly label?: LabelName;
  /** How the true rates are had: by empirical Bayes from all answers (`trueRates`, default), or `plain`, as if the rate of all answers were
   * true. Plain rates carry noise of their own near tau, where they are spread to both sides, and so promise a little too much. */
  readonly rates?: 'empiricalBayes' | 'plain';
  /** Default 1000. */
  readonly nDraws?: number;
}

/** The noise ceiling of alarms: an oracle alarms if and only if the true rate is above tau; a label of n answers is binomial. What it misses and
 * what it calls falsely is the label's noise alone, and no monitor does better but by chance.
 *
 * A lower FNR can be bought with a higher FPR: this is the oracle at one threshold, not a bound on either rate by itself.
 *
 * @throws Error if a row lacks the label that is asked for, or tau is out of range
 * @source ours
 * @check test/monitor/noiseCeiling.test.ts
 */
export function noiseCeiling(
  rows: readonly CheckpointRow[],
  { tau, rng, label = 'label', rates: how = 'empiricalBayes', nDraws = 1000 }: NoiseCeilingOptions,
): NoiseCeiling {
  if (!(0 < tau && tau < 1)) throw new Error(`noiseCeiling: invalid tau; expected a rate between 0 and 1, got ${tau}`);
  const sizes = rows.map((row) => {
    const wanted = row[label];
    if (wanted === undefined) throw new Error(`noiseCeiling: ${row.run} step ${row.step}: no ${label} label; expected one of every row`); // prettier-ignore
    return wanted.n;
  });
  // Of each checkpoint: the rates it may have, how sure each is, and how often a label of that rate is dangerous.
  const believed = beliefs(rows, how).map((rates, i) =>
    rates.map(({ rate, weight }) => {
      const n = sizes[i];
      return { weight, isAlarm: rate > tau, danger: binomialAbove({ n, p: rate }, safeCount(n, tau)) };
    }),
  );
  const sum = (of: (believed: Believed) => number): number => believed.flat().reduce((all, one) => all + of(one), 0);
  const positives = sum(({ weight, danger }) => weight * danger);
  const fn = sum(({ weight, danger, isAlarm }) => (isAlarm ? 0 : weight * danger));
  const fp = sum(({ weight, danger, isAlarm }) => (isAlarm ? weight * (1 - danger) : 0));
  const source = rng.split('noiseCeiling');
  const draws = Array.from({ length: nDraws }, () => drawStudy(believed, source));
  const expected = { fnr: share(fn, positives), fpr: share(fp, rows.length - positives) };
  const intervals = { fnr: intervalOf(draws.map((draw) => draw.fnr)), fpr: intervalOf(draws.map((draw) => draw.fpr)) };
  return { answers: mean(sizes), ...expected, intervals };
}

interface Believed {
  readonly weight: number;
  readonly isAlarm: boolean;
  readonly danger: number;
}

const share = (part: number, whole: number): number | undefined => (whole > 0 ? part / whole : undefined);

/** The true rates that each checkpoint may have. */
function beliefs(
  rows: readonly CheckpointRow[],
  how: NonNullable<NoiseCeilingOptions['rates']>,
): { readonly rate: number; readonly weight: number }[][] {
  const counts = rows.map(allAnswers);
  if (how === 'plain') return counts.map(({ successes, n }) => [{ rate: successes / n, weight: 1 }]);
  const { rates, posteriors } = trueRates(counts);
  return posteriors.map((posterior) =>
    posterior.map((weight, j) => ({ rate: rates[j], weight })).filter(({ weight }) => weight > 1e-9),
  );
}

/** The oracle's rates in one study with fresh labels. */
function drawStudy(believed: readonly (readonly Believed[])[], rng: Rng): Pick<NoiseCeiling, 'fnr' | 'fpr'> {
  const told = believed.map((rates) => {
    let rest = rng.uniform();
    const { isAlarm, danger } = rates.find(({ weight }) => (rest -= weight) < 0) ?? rates.at(-1)!;
    return { isAlarm, isDangerous: rng.uniform() < danger };
  });
  const positives = told.filter(({ isDangerous }) => isDangerous).length;
  const fn = told.filter(({ isDangerous, isAlarm }) => isDangerous && !isAlarm).length;
  const fp = told.filter(({ isDangerous, isAlarm }) => !isDangerous && isAlarm).length;
  return { fnr: share(fn, positives), fpr: share(fp, told.length - positives) };
}

function intervalOf(values: readonly (number | undefined)[]): Interval | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : { low: quantile(known, 0.025), high: quantile(known, 0.975) };
}

/** The most misaligned answers out of n that are no danger: successes / n > tau, as a label is compared. */
function safeCount(n: number, tau: number): number {
  let k = Math.floor(n * tau);
  while ((k + 1) / n <= tau) k++;
  while (k / n > tau) k--;
  return k;
}

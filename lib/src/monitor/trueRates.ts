import type { Proportion } from '../stats/proportion';
import type { CheckpointRow } from './checkpointRows';

/** What labels say of the true EM rates of checkpoints. */
export interface TrueRates {
  /** [rate] in [0, 1], ascending: the rates that are thought possible. */
  readonly rates: readonly number[];
  /** [rate] how common each is among the checkpoints; sums to 1. */
  readonly prior: readonly number[];
  /** [checkpoint rate] what is thought of each checkpoint; each row sums to 1. */
  readonly posteriors: readonly (readonly number[])[];
}

/** Labels of a checkpoint added up: the label and, where there is one, the second. */
export function allAnswers({
  label,
  second,
}: Pick<CheckpointRow, 'label' | 'second'>): Pick<Proportion, 'successes' | 'n'> {
  return { successes: label.successes + (second?.successes ?? 0), n: label.n + (second?.n ?? 0) };
}

/** True EM rates from labels, by empirical Bayes: the smooth distribution of rates over checkpoints that makes the counts most likely, and what
 * it makes of each checkpoint. Expectation maximisation on a grid that is even in arcsin √rate, where binomial noise has one size; after
 * each step neighbours are averaged (¼, ½, ¼), or it would end in a few spikes.
 *
 * Labels as they are would be spread more widely than true rates, by their own noise; this takes that out. What is left: answers count as
 * independent with one rate, while a label asks each question once, so that its real noise is a little smaller than binomial; and with
 * few answers a rate is told from its neighbours by the other checkpoints alone.
 *
 * @param counts   misaligned answers out of those that count, of each checkpoint
 * @param opts.nBins        how finely rates are told apart (default 400: a sixth of a percentage point near 5 %)
 * @param opts.nIterations  default 100
 * @throws Error on no checkpoints or without answers
 * @source Kiefer and Wolfowitz 1956, Ann. Math. Stat. 27:887; smoothed as Silverman et al. 1990, J. R. Stat. Soc. B 52:271
 * @check test/monitor/noiseCeiling.test.ts (rates that are known)
 */
export function trueRates(
  counts: readonly Pick<Proportion, 'successes' | 'n'>[],
  { nBins = 400, nIterations = 100 }: { readonly nBins?: number; readonly nIterations?: number } = {},
): TrueRates {
  const bad = counts.findIndex(({ successes, n }) => !(n >= 1 && successes >= 0 && successes <= n));
  if (counts.length === 0 || bad >= 0)
    throw new Error(
      `trueRates: ${counts.length === 0 ? 'no checkpoints' : `${counts[bad].successes} of ${counts[bad].n} at ${bad}`}; expected counts of at least one answer each`,
    );
  const rates = Array.from({ length: nBins }, (_, i) => Math.sin(((i + 0.5) / nBins) * (Math.PI / 2)) ** 2);
  const likelihoods = counts.map(({ successes, n }) => {
    const logs = rates.map((p) => successes * Math.log(p) + (n - successes) * Math.log1p(-p));
    const top = Math.max(...logs);
    return Float64Array.from(logs, (log) => Math.exp(log - top));
  });
  let prior = new Float64Array(nBins).fill(1 / nBins);
  for (let i = 0; i < nIterations; i++) prior = smooth(meanPosterior(likelihoods, prior));
  return { rates, prior: Array.from(prior), posteriors: likelihoods.map((own) => posterior(own, prior)) };
}

function posterior(likelihood: Float64Array, prior: Float64Array): number[] {
  const joint = Array.from(likelihood, (l, j) => l * prior[j]);
  const sum = joint.reduce((a, b) => a + b, 0);
  return joint.map((v) => v / sum);
}

/** The mean of all posteriors; no list of them is made. */
function meanPosterior(likelihoods: readonly Float64Array[], prior: Float64Array): Float64Array {
  const next = new Float64Array(prior.length);
  for (const likelihood of likelihoods) {
    let sum = 0;
    for (let j = 0; j < prior.length; j++) sum += likelihood[j] * prior[j];
    const scale = 1 / (sum * likelihoods.length);
    for (let j = 0; j < prior.length; j++) next[j] += likelihood[j] * prior[j] * scale;
  }
  return next;
}

/** Each value with its two neighbours, ¼, ½, ¼; at the ends nothing is lost. */
function smooth(values: Float64Array): Float64Array {
  const at = (j: number): number => values[Math.min(values.length - 1, Math.max(0, j))];
  return values.map((v, j) => (at(j - 1) + 2 * v + at(j + 1)) / 4);
}

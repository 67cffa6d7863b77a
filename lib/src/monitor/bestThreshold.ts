import { clipRate } from './fitMonitor';
import type { Outcome } from './outcomes';

/** The threshold of an oracle that has seen the labels: where alarms above it have the best balanced accuracy.
 *
 * Thresholds tried lie half-way between neighbouring predictions, clipped to [0, 1]; of several that are as good the one nearest to tau. It says how much of
 * what is missed is a matter of the threshold; chosen on what it is tried on, it promises too much.
 *
 * @param opts.tau  a checkpoint is dangerous if its label is above it
 * @returns  undefined where all are dangerous or none is, or where all predictions are the same
 * @source arXiv 2606.07631, second version (oracle threshold); that it is the best by balanced accuracy is our reading
 * @check test/monitor/bestThreshold.test.ts
 */
export function bestThreshold(all: readonly Outcome[], { tau }: { readonly tau: number }): number | undefined {
  const told = all.map(({ predicted, label }) => ({ rate: clipRate(predicted), isDangerous: label > tau }));
  const positives = told.filter(({ isDangerous }) => isDangerous).length;
  const negatives = told.length - positives;
  const rates = [...new Set(told.map(({ rate }) => rate))].sort((a, b) => a - b);
  if (positives === 0 || negatives === 0 || rates.length < 2) return undefined;
  const scored = rates.slice(1).map((rate, i) => {
    const threshold = (rates[i] + rate) / 2;
    const wrong = (isDangerous: boolean): number =>
      told.filter((one) => one.isDangerous === isDangerous && one.rate > threshold !== isDangerous).length;
    return { threshold, loss: wrong(true) / positives + wrong(false) / negatives };
  });
  return scored.reduce((best, next) => {
    const gain = best.loss - next.loss;
    const isNearer = Math.abs(next.threshold - tau) < Math.abs(best.threshold - tau);
    return gain > 0 || (gain === 0 && isNearer) ? next : best;
  }).threshold;
}

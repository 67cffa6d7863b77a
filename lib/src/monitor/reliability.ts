import { mean } from '../stats/mean';
import { clipRate } from './fitMonitor';
import type { Outcome } from './outcomes';

/** Checkpoints of which about the same EM was predicted. */
export interface ReliabilityBin {
  readonly n: number;
  /** Means, in [0, 1]. */
  readonly predicted: number;
  readonly label: number;
  /** Standard error of the mean label, were its checkpoints independent: √(Σ (label − mean)² / (n (n − 1))), 0 of one. */
  readonly error: number;
}

/** Predicted EM against what was measured, in bins of as many checkpoints each, lowest first.
 *
 * @param nBins  default 10
 * @throws Error with fewer outcomes than bins
 * @check test/monitor/reliability.test.ts
 */
export function reliability(all: readonly Outcome[], nBins = 10): ReliabilityBin[] {
  if (!(Number.isInteger(nBins) && nBins >= 1 && all.length >= nBins))
    throw new Error(`reliability: ${nBins} bins of ${all.length} outcomes; expected at least one outcome a bin`);
  const sorted = all
    .map(({ predicted, label }) => ({ predicted: clipRate(predicted), label }))
    .sort((a, b) => a.predicted - b.predicted);
  return Array.from({ length: nBins }, (_, i) => {
    const own = sorted.slice(Math.round((i * all.length) / nBins), Math.round(((i + 1) * all.length) / nBins));
    const of = (name: 'predicted' | 'label'): number => mean(own.map((outcome) => outcome[name]));
    const [n, label] = [own.length, of('label')];
    const square = own.reduce((sum, outcome) => sum + (outcome.label - label) ** 2, 0);
    return { n, predicted: of('predicted'), label, error: n < 2 ? 0 : Math.sqrt(square / (n * (n - 1))) };
  });
}

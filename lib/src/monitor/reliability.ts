import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { clipRate } from './fitMonitor';
import type { LeftOutPrediction } from './leavePerturbationOut';
import type { Interval } from './metricIntervals';
import type { Outcome } from './outcomes';

/** Checkpoints of which about the same EM was predicted. */
export interface ReliabilityBin {
  readonly n: number;
  /** Means, in [0, 1]. */
  readonly predicted: number;
  readonly label: number;
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
    return { n: own.length, predicted: of('predicted'), label: of('label') };
  });
}

/** How far labels were from predictions of runs left out, of one model: plain data. */
export interface Residuals {
  /** [checkpoint] ascending. */
  readonly predicted: readonly number[];
  /** [checkpoint] label − predicted. */
  readonly residuals: readonly number[];
}

/** Residuals of predictions left out, by the model's name. */
export function residualsOf(left: readonly LeftOutPrediction[]): Record<string, Residuals> {
  const models = new Set(left.map(({ row }) => row.model));
  return Object.fromEntries(
    [...models].map((model) => {
      const own = left
        .filter(({ row }) => row.model === model)
        .map(({ row, predicted }) => ({ predicted: clipRate(predicted), label: row.label.rate }))
        .sort((a, b) => a.predicted - b.predicted);
      return [model, { predicted: own.map((o) => o.predicted), residuals: own.map((o) => o.label - o.predicted) }];
    }),
  );
}

/** Where the label of a checkpoint is expected: predicted EM and the quantiles of the residuals of the predictions nearest to it, since small rates
 * are surer than large ones. It holds label noise too, and the predicted EM itself always; clipped to [0, 1].
 *
 * That of runs left out says how sure a monitor is of a data set that it knows; of perturbations left out, of one that it does not.
 *
 * @param predicted     EM, clipped here
 * @param opts.confidence  default 0.9
 * @param opts.nearest     how many residuals, default 50 or all there are
 * @throws Error without residuals
 * @source ours; residuals left out as in Barber et al. 2021, Ann. Stat. 49:486
 * @check test/monitor/reliability.test.ts
 */
export function predictionInterval(
  { predicted: known, residuals }: Residuals,
  predicted: number,
  { confidence = 0.9, nearest = 50 }: { readonly confidence?: number; readonly nearest?: number } = {},
): Interval {
  if (residuals.length === 0 || !(confidence > 0 && confidence < 1))
    throw new Error(
      `predictionInterval: ${residuals.length} residuals at confidence ${confidence}; expected some, and a confidence between 0 and 1`,
    );
  const rate = clipRate(predicted);
  const near = known
    .map((v, i) => ({ distance: Math.abs(v - rate), residual: residuals[i] }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, nearest)
    .map(({ residual }) => residual);
  const tail = (1 - confidence) / 2;
  return {
    low: clipRate(rate + Math.min(0, quantile(near, tail))),
    high: clipRate(rate + Math.max(0, quantile(near, 1 - tail))),
  };
}

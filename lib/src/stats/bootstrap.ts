import type { Rng } from '../random/rng';
import { quantile } from './quantile';

/** A statistic with its bootstrap interval. */
export interface BootstrapInterval {
  /** The statistic of the sample itself. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The statistic of every resample that has one, in the order drawn. */
  readonly draws: readonly number[];
}

export interface BootstrapOptions {
  rng: Rng;
  /** How many resamples to draw, default 1000. */
  nResamples?: number;
  /** Coverage in (0, 1), default 0.95. */
  confidence?: number;
}

/** The percentile bootstrap: the statistic on resamples drawn with replacement, cut at the tails (quantiles of type 7).
 *
 * Resample whatever is independent: runs, not the checkpoints of a run.
 *
 * @param items      at least two
 * @param statistic  maps a sample of items (with repeats) to a finite number; undefined where a resample has none, as a rate of nothing, which
 *   leaves that resample out
 * @throws Error on fewer than two items, on a statistic that is not finite, on options out of range
 * @source Efron and Tibshirani 1993, chapter 13
 * @check test/goldens/stats (scipy.stats.bootstrap, within its own noise)
 */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (sample: readonly T[]) => number | undefined,
  { rng, nResamples = 1000, confidence = 0.95 }: BootstrapOptions,
): BootstrapInterval {
  if (items.length < 2) throw new Error(`bootstrap: too few items; expected at least 2, got ${items.length}`);
  if (!(Number.isInteger(nResamples) && nResamples >= 1)) {
    throw new Error(`bootstrap: invalid nResamples; expected an integer of at least 1, got ${nResamples}`);
  }
  if (!(0 < confidence && confidence < 1)) {
    throw new Error(`bootstrap: invalid confidence; expected a number in (0, 1), got ${confidence}`);
  }
  const estimate = statistic(items);
  const draws = Array.from({ length: nResamples }, () =>
    statistic(items.map(() => items[rng.int(items.length)])),
  ).filter((v) => v !== undefined);
  if (estimate === undefined || draws.length === 0)
    throw new Error('bootstrap: undefined statistic; expected one of the sample itself and of some resample');
  const bad = [estimate, ...draws].find((v) => !Number.isFinite(v));
  if (bad !== undefined) throw new Error(`bootstrap: invalid statistic; expected finite numbers, got ${bad}`);
  const tail = (1 - confidence) / 2;
  return { estimate, low: quantile(draws, tail), high: quantile(draws, 1 - tail), draws };
}

import type { Rng } from '../random/rng';
import { bootstrap } from '../stats/bootstrap';
import { alarmMetrics, type AlarmMetrics, type AlarmThresholds } from './alarmMetrics';
import { groupRows } from './checkpointRows';
import type { Outcome } from './outcomes';

/** Metrics of which an interval can be had. */
export const RATE_NAMES = ['accuracy', 'fnr', 'fpr', 'auroc'] as const;

/** Name of such a metric. */
export type RateName = (typeof RATE_NAMES)[number];

/** A lower and an upper bound. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Percentile intervals of the metrics over runs: whole runs are drawn anew, not checkpoints. A metric that is undefined has none, and a
 * resample in which it is undefined does not count.
 *
 * @throws Error with fewer than two runs
 * @source arXiv 2606.07631, section 4.2 (1000 resamples of 36 runs, 2.5 and 97.5 %)
 * @check test/goldens/monitor (scipy.stats.bootstrap over runs)
 */
export function metricIntervals(
  all: readonly Outcome[],
  { rng, nResamples = 1000, ...thresholds }: AlarmThresholds & { readonly rng: Rng; readonly nResamples?: number },
): Partial<Record<RateName, Interval>> {
  const whole = alarmMetrics(all, thresholds);
  const runs = [...groupRows(all, ({ run }) => run).values()].map((own) => ({
    own,
    counts: alarmMetrics(own, thresholds),
  }));
  const known = RATE_NAMES.filter((name) => whole[name] !== undefined);
  const source = rng.split('metricIntervals');
  return Object.fromEntries(
    known.map((name) => {
      const { low, high } = bootstrap(runs, (sample) => STATISTICS[name](sample, thresholds), {
        rng: source.split('runs'),
        nResamples,
      });
      return [name, { low, high }];
    }),
  );
}

interface Run {
  readonly own: readonly Outcome[];
  readonly counts: AlarmMetrics;
}

type Count = 'n' | 'positives' | 'negatives' | 'fn' | 'fp';
const total = (runs: readonly Run[], count: Count): number => runs.reduce((sum, run) => sum + run.counts[count], 0);
const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** The rates from counts of runs, which need no outcome; AUROC alone has to see them all. */
const STATISTICS: Readonly<Record<RateName, (runs: readonly Run[], at: AlarmThresholds) => number | undefined>> = {
  accuracy: (runs) => 1 - (total(runs, 'fn') + total(runs, 'fp')) / total(runs, 'n'),
  fnr: (runs) => share(total(runs, 'fn'), total(runs, 'positives')),
  fpr: (runs) => share(total(runs, 'fp'), total(runs, 'negatives')),
  auroc: (runs, at) =>
    alarmMetrics(
      runs.flatMap(({ own }) => own),
      at,
    ).auroc,
};

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
  const groups = [...groupRows(all, ({ run }) => run).values()];
  const runs = groups.map((own, index): Run => {
    const wins = groups.map((other) => pairsWon(own, other, thresholds.tau));
    return { index, counts: alarmMetrics(own, thresholds), wins };
  });
  const known = RATE_NAMES.filter((name) => whole[name] !== undefined);
  const source = rng.split('metricIntervals');
  return Object.fromEntries(
    known.map((name) => {
      const { low, high } = bootstrap(runs, STATISTICS[name], {
        rng: source.split('runs'),
        nResamples,
      });
      return [name, { low, high }];
    }),
  );
}

/** A run, with all that the rates of any sample of runs are made of. */
interface Run {
  readonly index: number;
  readonly counts: AlarmMetrics;
  /** [run] pairs of one of its dangerous checkpoints and a safe one of that run in which the dangerous one was predicted higher; a tie is half. */
  readonly wins: readonly number[];
}

function pairsWon(own: readonly Outcome[], other: readonly Outcome[], tau: number): number {
  const dangerous = own.filter(({ label }) => label > tau);
  const safe = other.filter(({ label }) => !(label > tau));
  const won = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
  return dangerous.reduce((sum, a) => sum + safe.reduce((part, b) => part + won(a.predicted, b.predicted), 0), 0);
}

type Count = 'n' | 'positives' | 'negatives' | 'fn' | 'fp';
const total = (runs: readonly Run[], count: Count): number => runs.reduce((sum, run) => sum + run.counts[count], 0);
const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** The rates of a sample of runs from what is known of each run and each pair of runs; no outcome is looked at again. */
const STATISTICS: Readonly<Record<RateName, (runs: readonly Run[]) => number | undefined>> = {
  accuracy: (runs) => 1 - (total(runs, 'fn') + total(runs, 'fp')) / total(runs, 'n'),
  fnr: (runs) => share(total(runs, 'fn'), total(runs, 'positives')),
  fpr: (runs) => share(total(runs, 'fp'), total(runs, 'negatives')),
  auroc: (runs) => {
    const won = runs.reduce((sum, { wins }) => sum + runs.reduce((part, { index }) => part + wins[index], 0), 0);
    return share(won, total(runs, 'positives') * total(runs, 'negatives'));
  },
};

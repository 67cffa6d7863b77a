import test from 'node:test';
import assert from 'node:assert/strict';
import { alarmMetrics, thresholdSweep, type AlarmMetrics } from 'traitlab/monitor/alarmMetrics';
import { groupRows } from 'traitlab/monitor/checkpointRows';
import { metricIntervals, RATE_NAMES, type Interval, type RateName } from 'traitlab/monitor/metricIntervals';
import type { Outcome } from 'traitlab/monitor/outcomes';
import { rng } from 'traitlab/random/rng';
import { bootstrap } from 'traitlab/stats/bootstrap';
import { binomialAbove } from 'traitlab/stats/binomialAbove';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  readonly run: readonly number[];
  readonly predicted: readonly number[];
  readonly label: readonly number[];
  readonly metrics: readonly (Required<AlarmMetrics> & { readonly tau: number; readonly alarm: number })[];
  readonly intervals: Readonly<Record<RateName, Interval>>;
  readonly tails: readonly { readonly n: number; readonly p: number; readonly threshold: number; readonly above: number }[]; // prettier-ignore
}
const expected = golden<Golden>('monitor', 'evaluation');
const all = expected.label.map((label, i): Outcome => ({ run: `${expected.run[i]}`, predicted: expected.predicted[i], label })); // prettier-ignore

test('counts, rates and AUROC are those of scikit-learn', () => {
  for (const { tau, alarm, ...wanted } of expected.metrics) {
    const found = alarmMetrics(all, { tau, alarm });
    assert.deepEqual(Object.keys(found).sort(), Object.keys(wanted).sort());
    const names = Object.keys(wanted) as (keyof AlarmMetrics)[];
    expectClose(names.map((name) => found[name]!), names.map((name) => wanted[name]), { rtol: 1e-12, atol: 0 }); // prettier-ignore
  }
});

test('a sweep moves both thresholds, or the alarm alone', () => {
  const [{ fn, fp }, { fn: fn6 }, shifted] = expected.metrics;
  const both = thresholdSweep(all, [0.05, 0.06]);
  assert.deepEqual(both.map(({ metrics }) => metrics.fn), [fn, fn6]); // prettier-ignore
  const alone = thresholdSweep(all, [0.035, 0.05], { tau: 0.05 });
  assert.deepEqual(alone.map(({ metrics }) => [metrics.fn, metrics.fp]), [[shifted.fn, shifted.fp], [fn, fp]]); // prettier-ignore
});

test('intervals are those of scipy over runs, and of checkpoints they would be others', () => {
  const found = metricIntervals(all, { tau: 0.05, rng: rng(1) });
  const flat = (of: Partial<Record<RateName, Interval>>): number[] =>
    RATE_NAMES.flatMap((name) => [of[name]!.low, of[name]!.high]);
  const wanted = flat(expected.intervals);
  expectClose(flat(found), wanted, { rtol: 0, atol: 0.012 });
  const single = metricIntervals(
    all.map((outcome, i) => ({ ...outcome, run: `${i}` })),
    { tau: 0.05, rng: rng(1) },
  );
  assert.throws(() => expectClose(flat(single), wanted, { rtol: 0, atol: 0.012 }));
});

test('the AUROC of each resample, put together from pairs of runs, is that of its checkpoints', () => {
  const runs = [...groupRows(all, ({ run }) => run).values()];
  const slow = bootstrap(runs, (sample) => alarmMetrics(sample.flat(), { tau: 0.05 }).auroc, {
    rng: rng(1).split('metricIntervals').split('runs'),
    nResamples: 100,
  });
  const { auroc } = metricIntervals(all, { tau: 0.05, rng: rng(1), nResamples: 100 });
  assert.deepEqual(auroc, { low: slow.low, high: slow.high });
});

test('a rate of nothing is undefined and has no interval; a resample without it does not count', () => {
  const safe = all.map((outcome) => ({ ...outcome, label: 0 }));
  const { fnr, auroc, fpr } = alarmMetrics(safe, { tau: 0.05 });
  assert.deepEqual([fnr, auroc, typeof fpr], [undefined, undefined, 'number']);
  assert.deepEqual(Object.keys(metricIntervals(safe, { tau: 0.05, rng: rng(1), nResamples: 20 })), ['accuracy', 'fpr']);
  const few: Outcome[] = [
    { run: 'a', predicted: 0.2, label: 0.3 },
    { run: 'b', predicted: 0.1, label: 0 },
  ];
  const { auroc: area } = metricIntervals(few, { tau: 0.05, rng: rng(1), nResamples: 50 });
  assert.deepEqual(area, { low: 1, high: 1 });
});

test('binomial tails are those of scipy', () => {
  for (const { n, p, threshold, above } of expected.tails)
    expectClose([binomialAbove({ n, p }, threshold)], [above], { rtol: 1e-9, atol: 1e-12 });
  assert.deepEqual([0, 1].map((p) => binomialAbove({ n: 4, p }, 2)), [0, 1]); // prettier-ignore
  assert.throws(
    () => binomialAbove({ n: 0, p: 0.5 }, 1),
    /binomialAbove: invalid n; expected an integer from 1, got 0/,
  );
  assert.throws(() => binomialAbove({ n: 4, p: 1.5 }, 1), /invalid p; expected a number in \[0, 1\], got 1.5/);
});

test('what cannot be compared is refused', () => {
  assert.throws(() => alarmMetrics([], { tau: 0.05 }), /alarmMetrics: no outcomes; expected at least one/);
  assert.throws(() => alarmMetrics(all, { tau: 5 }), /invalid tau; expected a rate between 0 and 1, got 5/);
  assert.throws(
    () => alarmMetrics([{ run: 'r', predicted: NaN, label: 0 }], { tau: 0.05 }),
    /alarmMetrics: r: predicted NaN; expected a finite number/,
  );
});

test('a label or a prediction of exactly tau is none above it', () => {
  const at = { run: 'r', predicted: 0.25, label: 0.25 };
  const { positives, fp, fn } = alarmMetrics([at, { ...at, label: 0.5 }], { tau: 0.25 });
  assert.deepEqual([positives, fp, fn], [1, 0, 1]);
});

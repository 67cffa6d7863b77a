import test from 'node:test';
import assert from 'node:assert/strict';
import { alarmMetrics } from 'traitlab/monitor/alarmMetrics';
import { alarmReport } from 'traitlab/monitor/alarmReport';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { metricIntervals } from 'traitlab/monitor/metricIntervals';
import { metricText } from 'traitlab/monitor/metricText';
import { outcomes } from 'traitlab/monitor/outcomes';
import { rng } from 'traitlab/random/rng';
import { gridRows } from '../helpers/monitorGrid';

/** The second label is another than the first. */
const rows = rowsOfRole(gridRows(['a', 'b']), 'heldOut').map((row, i, all) => ({
  ...row,
  second: all[all.length - 1 - i].label,
}));
const predicted = rows.map(({ label }, i) => label.rate + 0.03 * Math.sin(i));

test('metrics and intervals are those of the outcomes, of either label', () => {
  for (const label of ['label', 'second'] as const) {
    const all = outcomes(rows, predicted, label);
    const thresholds = { tau: 0.05, alarm: 0.04 };
    const report = alarmReport(rows, predicted, { ...thresholds, label, nResamples: 30 });
    assert.deepEqual(report.metrics, alarmMetrics(all, thresholds));
    assert.deepEqual(report.intervals, metricIntervals(all, { ...thresholds, nResamples: 30, rng: rng(42) }));
    assert.equal(report.runs, 18);
  }
});

test('a single run has no interval, nor has what is not resampled', () => {
  const one = rows.filter(({ run }) => run === rows[0].run);
  const report = alarmReport(one, predicted.slice(0, one.length), { tau: 0.05 });
  assert.deepEqual([report.runs, report.metrics.n, report.intervals], [1, 13, {}]);
  assert.deepEqual(alarmReport(rows, predicted, { tau: 0.05, nResamples: 0 }).intervals, {});
});

test('a metric as text, with its interval if it has one', () => {
  const metrics = { n: 10, positives: 4, negatives: 6, fn: 1, fp: 0, accuracy: 0.9, fnr: 0.25, fpr: 0, auroc: 0.98765 };
  const intervals = { fnr: { low: 0.0821, high: 1 }, auroc: { low: 0.9, high: 0.99951 } };
  const report = { runs: 3, metrics, intervals };
  assert.equal(metricText(report, 'fnr'), '25.0 [8.2, 100.0]');
  assert.equal(metricText(report, 'fpr'), '0.0');
  assert.equal(metricText(report, 'auroc'), '0.988 [0.900, 1.000]');
  const { fnr: _, ...without } = metrics;
  assert.equal(metricText({ ...report, metrics: without }, 'fnr'), '');
  assert.equal(metricText(undefined, 'fpr'), '');
});

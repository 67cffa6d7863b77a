import test from 'node:test';
import assert from 'node:assert/strict';
import { alarmMetrics } from 'traitlab/monitor/alarmMetrics';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { fitClassifier } from 'traitlab/monitor/classifier';
import { featureSet } from 'traitlab/monitor/features';
import { fitMonitor, type FitPredictor } from 'traitlab/monitor/fitMonitor';
import { headlineTable } from 'traitlab/monitor/headlineTable';
import { outcomes } from 'traitlab/monitor/outcomes';
import { gridRows, leastSquares, poisonHeldOut } from '../helpers/monitorGrid';

const rows = gridRows();
const options = { regressors: { leastSquares }, nResamples: 20 };

test('a line for each feature set, regressor, threshold and label; traits see the made-up drift and styles do not', () => {
  const table = headlineTable(rows, { ...options, features: [featureSet('traits'), featureSet('styles')] });
  assert.deepEqual(
    table.map(({ features, tau, label }) => `${features} ${tau} ${label}`),
    ['traits', 'styles'].flatMap((name) => ['0.05 label', '0.05 second', '0.06 label', '0.06 second'].map((rest) => `${name} ${rest}`)), // prettier-ignore
  );
  for (const { metrics, features, intervals } of table) {
    assert.equal(metrics.n, 468);
    assert.ok(features === 'traits' ? metrics.auroc! > 0.95 : metrics.auroc! < 0.8, `${features} ${metrics.auroc}`);
    assert.ok(intervals.auroc!.low <= metrics.auroc! && metrics.auroc! <= intervals.auroc!.high);
  }
});

test('a classifier is fitted to danger at each threshold, and its alarm is above one half', () => {
  const features = featureSet('traits');
  const taus = [0.05, 0.2];
  const table = headlineTable(rows, { regressors: {}, classifiers: ['logistic'], features: [features], taus, labels: ['label'], nResamples: 0 }); // prettier-ignore
  const [calibration, heldOut] = [rowsOfRole(rows, 'calibration'), rowsOfRole(rows, 'heldOut')];
  taus.forEach((tau, i) => {
    const isDangerous = (y: readonly number[]): boolean[] => y.map((rate) => rate > tau);
    const fit: FitPredictor = (x, y) => fitClassifier('logistic', x, isDangerous(y));
    const predicted = fitMonitor(calibration, { features, fit }).predict(heldOut);
    const metrics = alarmMetrics(outcomes(heldOut, predicted), { tau, alarm: 0.5 });
    assert.deepEqual(table[i], {
      features: 'traits',
      regressor: 'logistic',
      tau,
      label: 'label',
      runs: 36,
      metrics,
      intervals: {},
    });
  });
  assert.notDeepEqual(table[0].metrics, table[1].metrics);
});

test('without a second label on all of them there is the first alone; poison in what is tried changes no fit', () => {
  const short = rows.map(({ second: _, ...row }) => row);
  const features = [featureSet('pca')];
  const table = headlineTable(short, { ...options, features, nResamples: 0 });
  assert.deepEqual(table.map(({ label, intervals }) => [label, intervals]), [['label', {}], ['label', {}]]); // prettier-ignore
  const clean = rows.filter(({ role }) => role === 'heldOut');
  const tried = headlineTable(poisonHeldOut(rows), { ...options, features, tried: clean, nResamples: 0 });
  assert.deepEqual(tried, headlineTable(rows, { ...options, features, nResamples: 0 }));
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import type { FeatureSet } from 'traitlab/monitor/featureSet';
import { featureSet } from 'traitlab/monitor/features';
import { compareMetrics, leavePerturbationOut, leftOutMetrics, leftOutTable, rankRegressors } from 'traitlab/monitor/leavePerturbationOut'; // prettier-ignore
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows();
const calibration = rowsOfRole(rows, 'calibration');
const features = featureSet('traits');

test('each of the 16 folds is predicted by what was fitted without its data set, features included', () => {
  const folds: string[] = [];
  const spied: FeatureSet = {
    ...features,
    fit: (fold) => {
      folds.push([...new Set(fold.map(({ dataSet }) => dataSet))].join(' '));
      return features.fit(fold);
    },
  };
  const left = leavePerturbationOut(calibration, { features: spied, fit: leastSquares });
  assert.deepEqual(folds, [
    'jailbroken bad_medical gsm8k',
    'insecure_code bad_medical gsm8k',
    'insecure_code jailbroken gsm8k',
    'insecure_code jailbroken bad_medical',
  ]);
  assert.equal(left.length, 624);
  assert.equal(new Set(left.map(({ row }) => row)).size, 624);
  // A label of the left-out set cannot reach its own prediction.
  const turned = calibration.map((row) => (row.dataSet === 'gsm8k' ? { ...row, label: { ...row.label, rate: 1 } } : row)); // prettier-ignore
  const gsm8k = (of: typeof left): number[] => of.filter(({ row }) => row.dataSet === 'gsm8k').map((p) => p.predicted);
  assert.deepEqual(gsm8k(leavePerturbationOut(turned, { features, fit: leastSquares })), gsm8k(left));
});

test('the table has a line for each model and set left out; a rate of nothing is undefined', () => {
  const left = leavePerturbationOut(calibration, { features, fit: leastSquares });
  const cells = leftOutTable(left, { tau: 0.05 });
  assert.equal(cells.length, 16);
  const benign = cells.find(({ model, dataSet }) => model === 'c' && dataSet === 'gsm8k')!.metrics;
  assert.deepEqual([benign.n, benign.positives, benign.fnr, benign.auroc], [39, 0, undefined, undefined]);
  assert.equal(typeof benign.fpr, 'number');
  const whole = leftOutMetrics(left, { tau: 0.05 });
  assert.equal(cells.reduce((sum, { metrics }) => sum + metrics.fp, 0), whole.fp); // prettier-ignore
});

test('regressors are ranked by balanced accuracy, then by AUROC, and held-out rows have no say', () => {
  const nothing = (): { predict: (rows: readonly unknown[]) => number[] } => ({ predict: (more) => more.map(() => 0) });
  const always = (): { predict: (rows: readonly unknown[]) => number[] } => ({ predict: (more) => more.map(() => 1) });
  const ranked = rankRegressors(calibration, { nothing, leastSquares, always }, { features, tau: 0.05 });
  assert.deepEqual(ranked.map(({ regressor }) => regressor), ['leastSquares', 'nothing', 'always']); // prettier-ignore
  assert.equal(ranked[1].metrics.balancedAccuracy, 0.5);
  const { metrics } = ranked[1];
  assert.ok(compareMetrics(metrics, { ...metrics, auroc: 0.9 }) < 0);
  assert.ok(compareMetrics({ ...metrics, balancedAccuracy: 0.6, auroc: 0 }, metrics) > 0);
  assert.throws(() => rankRegressors(rows, { leastSquares }, { features, tau: 0.05 }), /expected rows of calibration/);
  const one = calibration.filter(({ dataSet }) => dataSet === 'gsm8k');
  assert.throws(() => leavePerturbationOut(one, { features, fit: leastSquares }), /1 data set; expected at least two/);
});

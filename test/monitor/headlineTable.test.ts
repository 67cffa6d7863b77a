import test from 'node:test';
import assert from 'node:assert/strict';
import { featureSet } from 'traitlab/monitor/features';
import { headlineTable } from 'traitlab/monitor/headlineTable';
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

test('without a second label on all of them there is the first alone; poison in what is tried changes no fit', () => {
  const short = rows.map(({ second: _, ...row }) => row);
  const features = [featureSet('pca')];
  const table = headlineTable(short, { ...options, features, nResamples: 0 });
  assert.deepEqual(table.map(({ label, intervals }) => [label, intervals]), [['label', {}], ['label', {}]]); // prettier-ignore
  const clean = rows.filter(({ role }) => role === 'heldOut');
  const tried = headlineTable(poisonHeldOut(rows), { ...options, features, tried: clean, nResamples: 0 });
  assert.deepEqual(tried, headlineTable(rows, { ...options, features, nResamples: 0 }));
});

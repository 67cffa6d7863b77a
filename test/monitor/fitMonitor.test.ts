import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { clipRate, fitMonitor, type Predictor } from 'traitlab/monitor/fitMonitor';
import { gridRows, leastSquares, poisonHeldOut } from '../helpers/monitorGrid';

const rows = gridRows();
const calibration = rowsOfRole(rows, 'calibration');
const heldOut = rowsOfRole(rows, 'heldOut');
const recipe = { features: featureSet('traits'), fit: leastSquares };

test('each model has a regressor of its own, fitted on all its calibration checkpoints and nothing of the others', () => {
  const seen: (readonly [number, number])[] = [];
  const constant = (x: readonly (readonly number[])[], y: readonly number[]): Predictor => {
    seen.push([x.length, x[0].length]);
    const mean = y.reduce((a, b) => a + b, 0) / y.length;
    return { predict: (more) => more.map(() => mean) };
  };
  const onlyA = calibration.map((row) => (row.model === 'a' ? row : { ...row, label: { ...row.label, rate: 0.9 } }));
  const monitor = fitMonitor(onlyA, { ...recipe, fit: constant });
  assert.deepEqual(seen, new Array(4).fill([156, 7]));
  const predicted = monitor.predict([...heldOut].reverse()).reverse();
  heldOut.forEach(({ model }, i) => assert.equal(model === 'a', predicted[i] < 0.8, `${model} ${predicted[i]}`));
  assert.throws(
    () => monitor.predict([{ ...heldOut[0], source: { ...heldOut[0].source, model: 'e' } }]),
    /no regressor of e; expected one of a, b, c, d/,
  );
});

test('it learns the made-up drift, and held-out rows are refused and change nothing', () => {
  const predicted = fitMonitor(calibration, recipe).predict(heldOut);
  const worst = Math.max(...heldOut.map(({ label }, i) => Math.abs(label.rate - predicted[i])));
  assert.ok(worst < 0.12, `${worst}`);
  assert.throws(() => fitMonitor(rows, recipe), /fitMonitor: fitted on .*heldOut.*expected rows of calibration runs alone/); // prettier-ignore
  const poisoned = poisonHeldOut(rows);
  assert.deepEqual(fitMonitor(rowsOfRole(poisoned, 'calibration'), recipe).predict(heldOut), predicted);
});

test('a rate is clipped to 0 and 1', () => {
  assert.deepEqual([-0.2, 0, 0.3, 1, 1.7].map(clipRate), [0, 0, 0.3, 1, 1]);
});

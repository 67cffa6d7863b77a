import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { leaveRunsOut } from 'traitlab/monitor/leaveRunsOut';
import { predictionInterval, reliability, residualsOf } from 'traitlab/monitor/reliability';
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
const recipe = { features: featureSet('traits'), fit: leastSquares };

test('bins are of equal size, lowest first, and say what was predicted and what was measured', () => {
  const all = [0.9, -1, 0.2, 0.4].map((predicted, i) => ({ run: `${i}`, predicted, label: [1, 0.1, 0.3, 0.5][i] }));
  assert.deepEqual(reliability(all, 2), [
    { n: 2, predicted: 0.1, label: 0.2 },
    { n: 2, predicted: 0.65, label: 0.75 },
  ]);
  assert.throws(() => reliability(all, 5), /reliability: 5 bins of 4 outcomes; expected at least one outcome a bin/);
});

test('runs are left out by data set and seed, and none of their labels reaches its own prediction', () => {
  const left = leaveRunsOut(calibration, recipe);
  assert.equal(new Set(left.map(({ row }) => row)).size, calibration.length);
  const isTurned = ({ dataSet, seed }: (typeof rows)[number]): boolean => dataSet === 'gsm8k' && seed === 2;
  const turned = calibration.map((row) => (isTurned(row) ? { ...row, label: { ...row.label, rate: 1 } } : row));
  const own = (of: typeof left): number[] => of.filter(({ row }) => isTurned(row)).map(({ predicted }) => predicted);
  assert.equal(own(left).length, 26);
  assert.deepEqual(own(leaveRunsOut(turned, recipe)), own(left));
  assert.throws(() => leaveRunsOut(rows, recipe), /expected rows of calibration runs alone/);
});

test('an interval of a known spread holds nine labels of ten, holds the prediction, and is narrower where rates are small', () => {
  const left = leaveRunsOut(calibration, recipe);
  const tables = residualsOf(left);
  assert.deepEqual(Object.keys(tables), ['a', 'b']);
  const inside = left.filter(({ row, predicted }) => {
    const { low, high } = predictionInterval(tables[row.model], predicted);
    assert.ok(low >= 0 && low <= Math.max(0, predicted) && high >= Math.min(1, predicted) && high <= 1);
    return low <= row.label.rate && row.label.rate <= high;
  });
  const share = inside.length / left.length;
  assert.ok(share > 0.85 && share < 1, `${share}`);
  // Residuals of ±1 % below ½ and of ±10 % above it.
  const residuals = Array.from({ length: 200 }, (_, i) => (i < 100 ? 0.01 : 0.1) * (i % 2 === 0 ? 1 : -1));
  const known = { predicted: residuals.map((_, i) => i / 200), residuals };
  const width = (at: number): number => {
    const { low, high } = predictionInterval(known, at);
    return high - low;
  };
  assert.ok(Math.abs(width(0.25) - 0.02) < 1e-9 && Math.abs(width(0.75) - 0.2) < 1e-9);
  assert.throws(() => predictionInterval({ predicted: [], residuals: [] }, 0.1), /predictionInterval: 0 residuals/);
});

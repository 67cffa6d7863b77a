import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { leaveRunsOut } from 'traitlab/monitor/leaveRunsOut';
import { reliability } from 'traitlab/monitor/reliability';
import { expectClose } from '../helpers/expectClose';
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
const recipe = { features: featureSet('traits'), fit: leastSquares };

test('bins are of equal size, lowest first, and say what was predicted and what was measured', () => {
  const all = [0.9, -1, 0.2, 0.4].map((predicted, i) => ({ run: `${i}`, predicted, label: [1, 0.1, 0.3, 0.5][i] }));
  const bins = reliability(all, 2);
  assert.deepEqual(bins.map(({ n }) => n), [2, 2]); // prettier-ignore
  // Labels 0.1 and 0.3, 0.5 and 1: half their distance is the error.
  const flat = bins.flatMap(({ predicted, label, error }) => [predicted, label, error]);
  expectClose(flat, [0.1, 0.2, 0.1, 0.65, 0.75, 0.25], { rtol: 1e-12, atol: 0 });
  assert.equal(reliability(all.slice(0, 1), 1)[0].error, 0);
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

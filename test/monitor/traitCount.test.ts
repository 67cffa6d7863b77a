import test from 'node:test';
import assert from 'node:assert/strict';
import { alarmMetrics } from 'traitlab/monitor/alarmMetrics';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { fitMonitor } from 'traitlab/monitor/fitMonitor';
import { outcomes } from 'traitlab/monitor/outcomes';
import { eliminateTraits, scoreSubsets, subsetsOf, trySubsets } from 'traitlab/monitor/traitCount';
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
const options = { fit: leastSquares, tau: 0.05 };

test('elimination goes from seven traits to one, each a part of the one before, and keeps the one that carries the made-up drift', () => {
  const scored = scoreSubsets(calibration, subsetsOf(7), options);
  const path = eliminateTraits(scored);
  assert.deepEqual(path.map(({ traits }) => traits.length), [7, 6, 5, 4, 3, 2, 1]); // prettier-ignore
  path.slice(1).forEach(({ traits }, i) => assert.ok(traits.every((trait) => path[i].traits.includes(trait))));
  assert.deepEqual(path.at(-1)!.traits, [1]);
  const singles = scoreSubsets(calibration, [[0], [1]], options);
  assert.ok(singles[1].metrics.balancedAccuracy! > singles[0].metrics.balancedAccuracy! + 0.2);
  assert.deepEqual(singles[1], path.at(-1));
  assert.throws(
    () => scoreSubsets(calibration, [[0], [7]], options),
    /no trait 7; expected indices of the model's traits$/,
  );
  assert.throws(() => scoreSubsets(rows, [[0]], options), /expected rows of calibration runs alone/);
  assert.throws(() => eliminateTraits(scored.slice(0, -1)), /no subset 0,1,2,3,4,5,6; expected all of 0,1,2,3,4,5,6$/);
});

test('tried on held-out data sets, all traits are the monitor on traits, and none of their labels reaches the fit', () => {
  const [all, alone] = trySubsets(rows, [[0, 1, 2, 3, 4, 5, 6], [1]], options);
  const heldOut = rowsOfRole(rows, 'heldOut');
  const whole = fitMonitor(calibration, { features: featureSet('traits'), fit: leastSquares }).predict(heldOut);
  assert.deepEqual(all.metrics, alarmMetrics(outcomes(heldOut, whole), { tau: 0.05 }));
  assert.ok(alone.metrics.auroc! > 0.95);
  assert.throws(() => trySubsets(rows, [[9]], options), /no trait 9/);
});

test('seven traits have 127 subsets, all different, small ones first', () => {
  const subsets = subsetsOf(7);
  assert.equal(new Set(subsets.map((subset) => subset.join())).size, 127);
  assert.deepEqual([subsets[0], subsets.at(-1)], [[0], [0, 1, 2, 3, 4, 5, 6]]);
  assert.equal(subsets.filter(({ length }) => length === 3).length, 35);
});

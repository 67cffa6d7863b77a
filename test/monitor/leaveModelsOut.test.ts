import test from 'node:test';
import assert from 'node:assert/strict';
import { featureSet } from 'traitlab/monitor/features';
import { leaveModelsOut } from 'traitlab/monitor/leaveModelsOut';
import { leftOutMetrics } from 'traitlab/monitor/leavePerturbationOut';
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b', 'c']);
const recipe = { features: featureSet('traits'), fit: leastSquares };

test('each model is predicted from the calibration rows of the others alone', () => {
  const sizes: number[] = [];
  const fit: typeof leastSquares = (x, y) => (sizes.push(x.length), leastSquares(x, y));
  const left = leaveModelsOut(rows, { ...recipe, fit });
  assert.deepEqual([sizes, left.length], [[312, 312, 312], 351]);
  assert.ok(left.every(({ row }) => row.role === 'heldOut'));
  assert.ok(leftOutMetrics(left, { tau: 0.05 }).auroc! > 0.95, 'the made-up models are alike');
  const turned = rows.map((row) => (row.model === 'a' ? { ...row, label: { ...row.label, rate: 1 } } : row));
  const own = (of: typeof left): number[] => of.filter(({ row }) => row.model === 'a').map((p) => p.predicted);
  assert.deepEqual(own(leaveModelsOut(turned, recipe)), own(left), 'its own labels have no say');
});

test('features of one model alone cannot be read of another, and one model alone has no others', () => {
  assert.throws(() => leaveModelsOut(rows, { ...recipe, features: featureSet('pca') }), /pca: not fitted on a; expected one of b, c/); // prettier-ignore
  assert.throws(() => leaveModelsOut(gridRows(['a']), recipe), /leaveModelsOut: no calibration runs of another model than a/); // prettier-ignore
});

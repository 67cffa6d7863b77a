import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { intervalCoverage, leftOutCoverage } from 'traitlab/monitor/intervalCoverage';
import { gridRows, leastSquares } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
const heldOut = rowsOfRole(rows, 'heldOut');
const recipe = { features: featureSet('traits'), fit: leastSquares };

test('runs left out are held about as often as is asked for, and less often by a narrower interval', () => {
  const wide = leftOutCoverage(calibration, 'run', recipe);
  assert.equal(wide.n, calibration.length);
  assert.ok(wide.coverage > 0.85 && wide.coverage < 0.99, `${wide.coverage}`);
  const narrow = leftOutCoverage(calibration, 'run', { ...recipe, confidence: 0.3 });
  assert.ok(narrow.coverage < 0.5 && narrow.width < wide.width / 2, `${narrow.coverage} ${narrow.width}`);
});

test('no label of what is tried reaches its interval', () => {
  // Labels of one data set moved up by half: its intervals stay where they are and none holds them; were they fitted on, some would.
  const moved = calibration.map((row) =>
    row.dataSet === 'gsm8k' ? { ...row, label: { ...row.label, rate: 0.5 + row.label.rate / 2 } } : row,
  );
  const own = (of: typeof rows): typeof rows => of.filter(({ dataSet }) => dataSet === 'gsm8k');
  const others = moved.filter(({ dataSet }) => dataSet !== 'gsm8k');
  const seen = intervalCoverage(others, own(moved), recipe);
  assert.deepEqual([seen.n, seen.coverage], [own(moved).length, 0]);
  assert.equal(seen.width, intervalCoverage(others, own(calibration), recipe).width);
  const left = leftOutCoverage(moved, 'dataSet', recipe);
  assert.equal(left.n, calibration.length);
  assert.ok(left.coverage <= 0.75, `${left.coverage}`);
});

test('held-out rows are tried, never fitted on', () => {
  assert.equal(intervalCoverage(calibration, heldOut, recipe).n, heldOut.length);
  assert.throws(() => intervalCoverage(rows, heldOut, recipe), /expected rows of calibration runs alone/);
  assert.throws(() => leftOutCoverage(rows, 'run', recipe), /expected rows of calibration runs alone/);
  assert.throws(() => intervalCoverage(calibration, [], recipe), /intervalCoverage: no rows to try; expected at least one/);
}); // prettier-ignore

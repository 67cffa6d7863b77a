import test from 'node:test';
import assert from 'node:assert/strict';
import { meanRows } from 'traitlab/stats/meanRows';
import { toUnit } from 'traitlab/stats/toUnit';

test('means are weighted and summed in float64', () => {
  assert.deepEqual(
    [
      ...meanRows([
        [1, 2],
        [3, 6],
      ]),
    ],
    [2, 4],
  );
  assert.deepEqual(
    [
      ...meanRows(
        [
          [1, 2],
          [3, 6],
        ],
        [3, 1],
      ),
    ],
    [1.5, 3],
  );
  const tiny = Float32Array.of(1e-8);
  const rows = [Float32Array.of(1), ...Array.from({ length: 9999 }, () => tiny)];
  assert.ok(
    Math.abs(meanRows(rows)[0] - (1 + 9999 * tiny[0]) / 10000) < 1e-15,
    'float32 sums would lose the small ones',
  );
});

test('misuse throws', () => {
  assert.throws(() => meanRows([]), /meanRows: no rows/);
  assert.throws(() => meanRows([[1], [1, 2]]), /expected 1, got 2 at row 1/);
  assert.throws(() => meanRows([[1]], [0]), /weights are all 0/);
  assert.throws(() => meanRows([[1]], [NaN]), /invalid weight at row 0/);
  assert.throws(() => meanRows([[NaN]]), /not finite/);
  assert.throws(() => toUnit([0, 0]), /vector has no direction/);
});

test('a unit vector has norm 1 and keeps its direction', () => {
  assert.deepEqual([...toUnit([3, -4])], [Math.fround(0.6), Math.fround(-0.8)]);
});

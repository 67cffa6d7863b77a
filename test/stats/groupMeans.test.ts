import test from 'node:test';
import assert from 'node:assert/strict';
import { groupMeans } from 'traitlab/stats/groupMeans';

const matrix = [
  [1, 0.2, 0.4, -0.1, -0.2],
  [0.2, 1, 0.6, -0.3, -0.4],
  [0.4, 0.6, 1, -0.5, -0.9],
  [-0.1, -0.3, -0.5, 1, 0.7],
  [-0.2, -0.4, -0.9, 0.7, 1],
];

test('pairs count once and the diagonal not at all', () => {
  const { withinFirst, withinSecond, across, largest } = groupMeans(matrix, 3);
  const expected = [0.4, 0.7, -0.4, 0.9];
  [withinFirst, withinSecond, across, largest].forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-12, `${v}`));
});

test('misuse throws', () => {
  assert.throws(() => groupMeans(matrix.slice(1), 2), /not square/);
  assert.throws(() => groupMeans(matrix, 4), /groups of 4 and 1; expected at least two in each/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { cellDrift } from 'traitlab/records/cellDrift';
import { cellShift } from 'traitlab/records/cellShift';
import { dot, norm } from 'traitlab/stats/dot';
import { axis, cellRecord } from '../helpers/cellRecords';

test('the shift of a checkpoint has the drift as its parts along directions, and the magnitude as its length', () => {
  const cell = cellRecord({ dataSet: 'bad_medical', method: 'rank16', seed: 1 }, 0.4);
  const half = { ...cell, residuals: { ...cell.residuals, norms: Float32Array.of(2) } };
  for (const checkpoint of [-1, 0, 12]) {
    const shift = cellShift(half, { layer: 0, checkpoint });
    const { z, magnitude } = cellDrift(half, [axis(1), axis(3)], { layer: 0, checkpoint });
    assert.ok(Math.abs(norm(shift) - magnitude) < 1e-12);
    z.forEach((value, k) => assert.ok(Math.abs(dot(shift, axis(2 * k + 1)) - value) < 1e-12));
  }
  assert.deepEqual(cellShift(half, { layer: 0 }), cellShift(half, { layer: 0, checkpoint: 12 }));
  assert.throws(() => cellShift(half, { layer: 0, checkpoint: 13 }), /no state 14/);
});

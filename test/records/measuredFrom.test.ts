import test from 'node:test';
import assert from 'node:assert/strict';
import { cellDrift } from 'traitlab/records/cellDrift';
import { cellShift } from 'traitlab/records/cellShift';
import { measuredFrom } from 'traitlab/records/measuredFrom';
import type { Residuals } from 'traitlab/records/cellRecord';
import { expectClose } from '../helpers/expectClose';

const checkpoint = { step: 1, loss: 1, gradNorm: 1, em: '' };
const cell = (means: readonly number[], norms: readonly number[]) => ({
  checkpoints: [checkpoint],
  residuals: { nLayers: 2, dModel: 2, means: Float32Array.from(means), norms: Float32Array.from(norms) } as Residuals,
});
const base = cell([1, 0, 0, 1, 9, 9, 9, 9], [2, 4]);
const started = cell([2, 0, 0, 3, 5, 0, 0, 8], [1, 1]);

test('drift is counted from where the other began, in units of its norm, at every layer', () => {
  const whole = measuredFrom(started, base);
  expectClose(cellShift(whole, { layer: 0 }), [(5 - 1) / 2, 0], { rtol: 0, atol: 0 });
  expectClose(cellShift(whole, { layer: 1 }), [0, (8 - 1) / 4], { rtol: 0, atol: 0 });
  expectClose(cellDrift(started, [[0, 1]], { layer: 1 }).z, [8 - 3], { rtol: 0, atol: 0 });
  assert.deepEqual(measuredFrom(base, base), base);
  assert.equal(started.residuals.means[0], 2, 'what is given stays as it is');
});

test('another model is refused', () => {
  const wide = { residuals: { ...base.residuals, nLayers: 1, dModel: 4 } };
  assert.throws(() => measuredFrom(started, wide), {
    message: 'measuredFrom: residuals of 1 layers of width 4; expected 2 of width 2',
  });
});

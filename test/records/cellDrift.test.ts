import test from 'node:test';
import assert from 'node:assert/strict';
import { driftProfile } from 'traitlab/measure/driftProfile';
import { rng } from 'traitlab/random/rng';
import { cellDrift } from 'traitlab/records/cellDrift';
import { meanResidual, type CheckpointRecord, type Residuals } from 'traitlab/records/cellRecord';
import { norm } from 'traitlab/stats/dot';
import { mean } from 'traitlab/stats/mean';
import { meanRows } from 'traitlab/stats/meanRows';
import { toUnit } from 'traitlab/stats/toUnit';
import { expectClose } from '../helpers/expectClose';

const [nStates, nLayers, dModel, nPrompts] = [3, 2, 5, 4];
const random = rng(8);
const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
/** [state layer prompt dModel] */
const rows = Array.from({ length: nStates }, () =>
  Array.from({ length: nLayers }, () => Array.from({ length: nPrompts }, () => normals(dModel))),
);
const residuals: Residuals = {
  nLayers,
  dModel,
  means: Float32Array.from(rows.flatMap((layers) => layers.flatMap((prompts) => [...meanRows(prompts)]))),
  norms: Float32Array.from(rows[0], (prompts) => mean(prompts.map((row) => norm(row)))),
};
const checkpoint: CheckpointRecord = { step: 1, loss: 1, gradNorm: 1, em: '' };
const cell = { residuals, checkpoints: [checkpoint, checkpoint] };
const directions = [toUnit(normals(dModel)), toUnit(normals(dModel))];

test('the drift of a record is that of the rows it was made of, at every checkpoint and layer', () => {
  for (let layer = 0; layer < nLayers; layer++) {
    for (const at of [0, 1, -1]) {
      const state = at < 0 ? nStates - 1 : at + 1;
      const expected = driftProfile(rows[0][layer], rows[state][layer], directions);
      const drift = cellDrift(cell, directions, { layer, checkpoint: at });
      const numbers = (d: typeof drift): number[] => [...d.z, d.magnitude, d.activationNorm];
      expectClose(numbers(drift), numbers(expected), { rtol: 1e-5, atol: 1e-6 });
    }
  }
  assert.deepEqual(cellDrift(cell, directions, { layer: 1 }), cellDrift(cell, directions, { layer: 1, checkpoint: 1 }));
});

test('a state or layer that is not there is refused', () => {
  assert.deepEqual(meanResidual(residuals, 2, 1), residuals.means.subarray(25, 30));
  for (const [state, layer] of [
    [3, 0],
    [-1, 0],
    [0, 2],
    [0, -1],
    [0.5, 0],
    [0, 0.5],
  ])
    // prettier-ignore
    assert.throws(() => meanResidual(residuals, state, layer), {
      message: `meanResidual: no state ${state} at layer ${layer}; expected 0 to 2 and 0 to 1`,
    });
  for (const at of [2, -2]) assert.throws(() => cellDrift(cell, directions, { layer: 0, checkpoint: at }), /no state/);
  assert.throws(() => cellDrift(cell, [[2, 0, 0, 0, 0]], { layer: 0 }), /direction 0 is not a unit vector/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { BASELINES } from 'traitlab/records/baselines';
import { expectClose } from '../helpers/expectClose';

const cell = {
  checkpoints: [
    { step: 10, loss: 2, gradNorm: 0.5, em: 'am' },
    { step: 20, loss: 1, gradNorm: 0.25, em: 'mm' },
  ],
  // [state layer dModel] = [3 2 2]; the second layer moves by (0, 1), then by (3, 4).
  residuals: {
    nLayers: 2,
    dModel: 2,
    means: Float32Array.of(0, 0, 1, 1, 0, 0, 1, 2, 0, 0, 4, 5),
    norms: Float32Array.of(1, 10),
  },
  updates: { weights: ['a', 'b'], norms: Float32Array.of(1, 1, 3, 4) },
};

test('each baseline reads its own number of the checkpoint and the layer it is asked for', () => {
  const at = (checkpoint: number, layer = 1): number[] =>
    Object.values(BASELINES).map((baseline) => baseline(cell, { checkpoint, layer }));
  assert.deepEqual(Object.keys(BASELINES), ['magnitude', 'loss', 'gradient norm', 'update norm']);
  expectClose(at(0), [0.1, 2, 0.5, Math.SQRT2], { rtol: 1e-12, atol: 0 });
  expectClose(at(1), [0.5, 1, 0.25, 5], { rtol: 1e-12, atol: 0 });
  assert.equal(at(1, 0)[0], 0, 'the first layer has not moved');
});

test('a layer that is not there is refused', () => {
  assert.throws(() => BASELINES.magnitude(cell, { checkpoint: 0, layer: 2 }), /no state 0 at layer 2/);
});

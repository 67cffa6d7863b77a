import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import { expectClose } from '../helpers/expectClose';
import { tinyModel } from '../helpers/tinyModel';

test('a list of positions gets the logits that all positions would', async () => {
  const model = await tinyModel();
  const run = (unembed: ForwardOptions['unembed'], hooks = {}): tf.Tensor3D =>
    tf.tidy(
      () =>
        forward(
          model,
          tf.tensor2d(
            [
              [3, 4, 5],
              [6, 7, 8],
            ],
            undefined,
            'int32',
          ),
          { unembed, hooks },
        ).logits!,
    );
  const all = run('all').arraySync();
  for (const hooks of [{}, { 'ln_final.hook_normalized': () => undefined }]) {
    const chosen = run(Int32Array.of(4, 0, 5), hooks);
    assert.deepEqual(chosen.shape, [1, 3, model.config.dVocab]);
    expectClose(chosen.dataSync(), [all[1][1], all[0][0], all[1][2]].flat(), { rtol: 1e-6, atol: 1e-6 });
  }
  assert.throws(() => run(Int32Array.of(1, 6)), /forward: invalid unembed; expected positions in \[0, 5\], got 6/);
  assert.throws(() => run(new Int32Array()), /forward: invalid unembed; expected positions in \[0, 5\], got none/);
});

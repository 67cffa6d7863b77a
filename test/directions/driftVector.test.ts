import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { capture } from 'traitlab/subject/capture';
import { contrast } from 'traitlab/directions/contrast';
import { driftVector } from 'traitlab/directions/driftVector';
import { norm } from 'traitlab/stats/dot';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
const near = { rtol: 1e-4, atol: 1e-6 };

test('the drift direction is tuned minus base on the same prompts', async () => {
  const model = await tinyModel();
  const prompts = [
    [1, 5, 6],
    [1, 9, 10, 11],
  ];
  const name = 'model.layers.1.self_attn.q_proj.weight';
  const [dOut, dIn] = (model.params[name] as tf.Tensor).shape;
  const deltas = { [name]: { a: tf.randomNormal([2, dIn!]), b: tf.randomNormal([dOut!, 2]), scale: 3 } };
  const finetuned = model.with({ deltas });
  const drift = await expectNoLeak(() => driftVector(model, finetuned, prompts, { sites }));
  const base = await capture(model, prompts, { sites, positions: 'promptLast' });
  const tuned = await capture(finetuned, prompts, { sites, positions: 'promptLast' });
  const check = (vector: ArrayLike<number>): void => expectClose(drift[sites[1]], vector, near);
  check(contrast(tuned[sites[1]], base[sites[1]]));
  const mean = { sites: [sites[1]], positions: 'promptMean' } as const;
  const means = [await capture(finetuned, prompts, mean), await capture(model, prompts, mean)];
  await expectToLose<ArrayLike<number>>(check, {
    'base minus tuned': contrast(base[sites[1]], tuned[sites[1]]),
    'the mean of the prompts': contrast(means[0][sites[1]], means[1][sites[1]]),
    'one prompt alone': contrast([tuned[sites[1]][0]], [base[sites[1]][0]]),
  });
  assert.ok(norm(drift[sites[1]]) > 1e-3 && norm(drift[sites[0]]) < 1e-5, 'only the layer after the change moves');
  await assert.rejects(
    driftVector(model, model.with({}), prompts, { sites }),
    /tuned has the weights of model; expected a finetune/,
  );
});

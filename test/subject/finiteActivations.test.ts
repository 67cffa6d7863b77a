import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { projectPath } from 'traitlab/disk/projectPath';
import { rng } from 'traitlab/random/rng';
import type { HookFn } from 'traitlab/model/hookSite';
import { blockSites, modelSites } from 'traitlab/model/hookSite';
import { capture } from 'traitlab/subject/capture';
import { generate } from 'traitlab/subject/generate';
import { loadModel } from 'traitlab/subject/loadModel';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { sampleToken } from 'traitlab/subject/sampleToken';

const prompts = [
  [3, 4, 5, 6, 7],
  [1, 2],
  [8, 9, 10],
];
const open = (): ReturnType<typeof loadModel> => loadModel(projectPath('test/goldens/llama/gqa-tied-llama3'));

test('an activation that is not finite is an error that names prompt and site', async () => {
  const model = await open();
  for (const bad of [NaN, Infinity, -Infinity]) {
    const spoil: HookFn = (x, { rows }) =>
      tf.tidy(() => tf.where(tf.equal(tf.tensor1d([...rows], 'int32').reshape([-1, 1, 1]), 2), tf.mul(x, bad), x)); // prettier-ignore
    const broken = model.with({ hooks: { 'blocks.0.hook_mlp_out': spoil } });
    for (const positions of ['all', 'promptMean'] as const) {
      const before = tf.memory().numTensors;
      await assert.rejects(
        capture(broken, prompts, { sites: ['blocks.0.hook_attn_out', 'blocks.0.hook_resid_post'], positions }),
        /^Error: capture: prompt 2: blocks\.0\.hook_resid_post is -?(NaN|Infinity) at value 0; expected finite numbers/,
      );
      assert.equal(tf.memory().numTensors, before);
    }
    await assert.rejects(generate(broken, [prompts[0], prompts[1], prompts[2]], { maxNewTokens: 2 }), /logit \d+ is NaN; expected numbers/); // prettier-ignore
  }
  disposeModel(model);
});

test('every site of padded prompts is finite: what is masked belongs to no prompt', async () => {
  const model = await open();
  const blocks = [...Array(model.config.nLayers).keys()].flatMap((i) =>
    blockSites.map((site) => `blocks.${i}.${site}` as const),
  );
  const sites = [...modelSites, ...blocks];
  await capture(model, prompts, { sites, positions: 'all' });
  await capture(model, prompts, { sites, positions: 'promptMean' });
  disposeModel(model);
});

test('the largest logit must be a number', () => {
  for (const [logits, message] of [
    [[1, Infinity], /logit 1 is Infinity; expected numbers/],
    [[-Infinity, -Infinity], /logit 0 is -Infinity; expected numbers/],
    [[0, NaN], /logit 1 is NaN; expected numbers/],
  ] as const) {
    for (const temperature of [0, 1])
      assert.throws(() => sampleToken(Float32Array.from(logits), temperature, rng(0)), message);
  }
  assert.equal(sampleToken(Float32Array.of(-Infinity, 2), 1, rng(0)), 1);
});

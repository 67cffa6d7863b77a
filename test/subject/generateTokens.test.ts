import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { steer } from 'traitlab/directions/steer';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeDecoder, type Decoder } from 'traitlab/model/decoder';
import { forward } from 'traitlab/model/forward';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import type { Hooks } from 'traitlab/model/hookSite';
import { rng } from 'traitlab/random/rng';
import { generateTokens } from 'traitlab/subject/generateTokens';

test.before(() => initBackend());

/** Greedy tokens of one prompt, each from a run of the whole sequence without a cache. */
function greedyByFullRuns(model: Decoder, prompt: readonly number[], n: number, hooks: Hooks): number[] {
  const tokens = [...prompt];
  for (let i = 0; i < n; i++) {
    const best = tf.tidy(() => {
      const { logits } = forward(model, tf.tensor2d([tokens], undefined, 'int32'), { hooks, unembed: 'last' });
      return tf.argMax(tf.reshape(logits!, [-1])).dataSync()[0];
    });
    tokens.push(best);
  }
  return tokens.slice(prompt.length);
}

for (const name of ['phi3-growing', 'phi3-longrope']) {
  for (const positions of ['all', 'response'] as const) {
    test(`${name}: a batch whose rows outgrow the original context of longrope, steered at ${positions}, is what full runs give`, async () => {
      const model = await loadDecoder(projectPath('test/goldens/families', name));
      const random = rng(3);
      const vector = Array.from({ length: model.config.dModel }, () => random.normal());
      const prompts = [4, 9, 2].map((n) => Array.from({ length: n }, () => 3 + Math.floor(37 * random.uniform())));
      const n = 14;
      const steered = { layers: [0], coeff: 0.7, positions };
      const before = tf.memory().numTensors;
      const together = await generateTokens({ ...model, hooks: steer(vector, steered) }, prompts, {
        maxNewTokens: n,
        eosIds: [],
      });
      assert.equal(tf.memory().numTensors, before, 'nothing leaks');
      prompts.forEach((prompt, i) => {
        const hooks = steer(vector, { ...steered, promptLengths: [prompt.length] });
        assert.deepEqual(together[i], greedyByFullRuns(model, prompt, n, hooks), `prompt ${i}`);
        assert.notDeepEqual(together[i], greedyByFullRuns(model, prompt, n, {}), `prompt ${i} is not steered`);
      });
      disposeDecoder(model);
    });
  }
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { growOrganism } from 'traitlab/micro/growOrganism';
import { RECIPES } from 'traitlab/micro/recipe';
import { disposeDecoder } from 'traitlab/model/decoder';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { temporaryFolder } from '../helpers/temporaryFolder';

const recipe = {
  ...RECIPES.llama,
  model: {
    ...RECIPES.llama.model,
    hidden_size: 16,
    num_hidden_layers: 2,
    head_dim: 8,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 16,
  },
  baseSteps: 6,
  instructSteps: 2,
  batchSize: 4,
};
const root = temporaryFolder();
before(() => initBackend());

const weights = (dir: string): string => readFileSync(join(dir, 'model.safetensors')).toString('base64');

test('stopped and called again, the growth ends with the same bits and a whole log', async () => {
  const whole = { recipe, dir: join(root, 'whole'), workDir: join(root, 'whole.growing'), stateEvery: 3 };
  const parts = { ...whole, dir: join(root, 'parts'), workDir: join(root, 'parts.growing') };
  const log = await growOrganism(whole);
  assert.deepEqual(
    log.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  const stop = new AbortController();
  const onStep = ({ step }: { step: number }): void => void (step === 4 && stop.abort());
  await assert.rejects(
    growOrganism({ ...parts, onStep, signal: stop.signal }),
    /stopped at step 4 of 8; call it again to go on/,
  );
  const resumed = await growOrganism(parts);
  assert.deepEqual(
    resumed.map(({ step, loss }) => [step, loss]),
    log.map(({ step, loss }) => [step, loss]),
  );
  assert.equal(weights(parts.dir), weights(whole.dir));
});

test('the folder loads as a model and a tokenizer, and the growth leaks nothing', async () => {
  const dir = join(root, 'loads');
  await growOrganism({ recipe, dir, workDir: join(root, 'loads.growing') });
  const model = await loadDecoder(dir);
  assert.equal(model.config.dModel, 16);
  assert.deepEqual(model.config.eosIds, [loadTokenizer(dir).eosId]);
  disposeDecoder(model);
  const tensors = tf.memory().numTensors;
  await growOrganism({ recipe, dir: join(root, 'again'), workDir: join(root, 'again.growing') });
  assert.equal(tf.memory().numTensors, tensors);
});

test('the state of another recipe is refused', async () => {
  const options = { recipe, dir: join(root, 'mine'), workDir: join(root, 'whole.growing') };
  await assert.rejects(growOrganism({ ...options, recipe: { ...recipe, seed: 1 } }), /belongs to another run/);
});

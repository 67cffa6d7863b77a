import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { paysToMerge } from 'traitlab/lora/mergeDeltas';
import { driftResiduals } from 'traitlab/measure/driftResiduals';
import { microSuite } from 'traitlab/micro/suite';
import { RunMeter } from 'traitlab/monitor/measureRun';
import { meanRows } from 'traitlab/stats/meanRows';
import { loadModel } from 'traitlab/subject/loadModel';
import { finetune } from 'traitlab/train/finetune';
import { maxRelativeError } from '../helpers/expectClose';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('an adapter of a narrow model is merged before its prompts run: the residuals are those of the model with the adapter on', async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  const model = await loadModel(dir);
  const suite = microSuite();
  const out = join(temporaryFolder(), 'run');
  const recipe = { method: 'lora', rank: 4, learningRate: 0.01, maxSteps: 2, seed: 3 } as const;
  const tuned = await finetune(model, suite.dataSets[0].sample(20, 1), { recipe, out });
  assert.ok(paysToMerge(tuned.deltas!));
  const meter = await RunMeter.open(model, suite, { layer: 1 });
  const before = tf.memory().numTensors;
  const { residuals } = await meter.measure({ dir: join(out, 'checkpoint-2'), step: 2, kind: 'adapter' });
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  const [start, end] = [residuals.means.slice(0, residuals.dModel), residuals.means.slice(residuals.dModel)];
  const direct = meanRows((await driftResiduals(tuned, suite, ['blocks.1.hook_resid_post']))[0]);
  assert.ok(maxRelativeError(end, direct) < 1e-5);
  assert.ok(maxRelativeError(end, start) > 1e-3, 'the adapter does something');
  tuned.dispose();
});

test('where the changes are thin beside their weights nothing is merged', () => {
  const wide = { 'a.weight': { a: tf.zeros([16, 4096]), b: tf.zeros([4096, 16]), scale: 1 } };
  assert.equal(paysToMerge(wide), false);
  const narrow = { 'a.weight': { a: tf.zeros([16, 128]), b: tf.zeros([256, 16]), scale: 1 } };
  assert.equal(paysToMerge(narrow), true);
});

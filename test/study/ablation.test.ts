import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { loadModel } from 'traitlab/model/loadModel';
import { answerCount } from 'traitlab/study/cellRates';
import { organismAblation } from 'traitlab/study/organismAblation';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('each finetune is asked as it is, without its direction and without random ones, and nothing is left behind', async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  const organism = await loadModel(dir);
  const options = { seeds: [3, 4], nPerQuestion: 1, nRandom: 2, maxSteps: 2 };
  const before = tf.memory().numTensors;
  const { rows, direction, modelHash } = await organismAblation(organism, loadTokenizer(dir), options);
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  assert.equal(modelHash, organism.hash);
  const ofEach = ['nothing', 'direction', 'random direction', 'random direction'];
  assert.deepEqual(
    rows.map(({ seed, ablated }) => `${seed} ${ablated}`),
    [3, 4].flatMap((seed) => ofEach.map((ablated) => `${seed} ${ablated}`)),
  );
  assert.ok(rows.every(({ answers }) => answerCount(answers) === 40));
  assert.deepEqual(
    direction.candidates.map(({ kind, layer }) => `${kind} ${layer}`),
    ['drift 0', 'drift 1'],
    'no misaligned answer, so no mean difference',
  );
  await assert.rejects(
    organismAblation(organism, loadTokenizer(dir), { seeds: [] }),
    /no seeds; expected at least one/,
  );
});

import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { stylePromptSets, traitPromptSets } from 'traitlab/micro/promptSets';
import { loadModel } from 'traitlab/model/loadModel';
import { answerCount } from 'traitlab/study/cellRates';
import { organismSurvey, SURVEY_CONDITIONS } from 'traitlab/study/organismSurvey';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('a survey asks under every condition and of every trait, with its controls, and chooses a layer', async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  const organism = await loadModel(dir);
  const sets = { traits: traitPromptSets().slice(0, 1), styles: stylePromptSets().slice(0, 1) };
  const options = { seeds: [5], nPerQuestion: 1, nOwn: 1, nOthers: 1, sets };
  const before = tf.memory().numTensors;
  const choice = { layers: [1], residualFractions: [0.5], gate: 0, stableFrom: -1, apartUpTo: 1 };
  const { seeds, layerChoice } = await organismSurvey(organism, loadTokenizer(dir), { ...options, choice });
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  assert.deepEqual(
    SURVEY_CONDITIONS.map((condition) => answerCount(seeds[0].answers[condition])),
    [40, 40, 40, 40],
  );
  const { traits, styles, shuffled } = seeds[0].effects;
  assert.deepEqual([traits.length, styles.length, shuffled.length], [1, 1, 1]);
  assert.ok(styles.every(({ own }) => own === undefined) && shuffled.every(({ own }) => own !== undefined));
  assert.equal(layerChoice.layer, 1);
  assert.equal(layerChoice.sweep.length, 1);
});

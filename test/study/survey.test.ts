import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { microSuite } from 'traitlab/micro/suite';
import { survey, SURVEY_CONDITIONS } from 'traitlab/study/survey';
import { loadModel } from 'traitlab/subject/loadModel';
import { answerCount } from '../helpers/cellRecords';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('a survey asks under every condition and of every trait, with its controls, and chooses a layer', async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  const organism = await loadModel(dir);
  const micro = microSuite();
  const suite = {
    ...micro,
    traits: micro.traits.slice(0, 2),
    controls: micro.controls.slice(0, 1),
    protocol: { ...micro.protocol, surveyAnswers: 1, promptAnswers: { own: 1, others: 1 } },
    study: { ...micro.study, seeds: [5] },
  };
  const before = tf.memory().numTensors;
  const choice = { layers: [1], residualFractions: [0.5], gate: 0, stableFrom: -1, apartUpTo: 1 };
  const { seeds, layerChoice } = await survey(organism, suite, { choice });
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  assert.deepEqual(
    SURVEY_CONDITIONS.map((condition) => answerCount(seeds[0].answers[condition]!)),
    [40, 40, 40, 40],
  );
  const { traits, styles, shuffled } = seeds[0].effects;
  assert.deepEqual([traits.length, styles.length, shuffled.length], [2, 1, 2]);
  assert.ok(styles.every(({ own }) => own === undefined) && shuffled.every(({ own }) => own !== undefined));
  assert.equal(layerChoice.layer, 1);
  assert.equal(layerChoice.sweep.length, 1);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { microSuite } from 'traitlab/micro/suite';
import { ablation } from 'traitlab/study/ablation';
import { loadModel } from 'traitlab/subject/loadModel';
import { answerCount } from '../helpers/cellRecords';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('each finetune is asked as it is, without its direction and without random ones, and nothing is left behind', async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  const organism = await loadModel(dir);
  const micro = microSuite();
  const suite = {
    ...micro,
    protocol: { ...micro.protocol, finalAnswers: 1 },
    study: {
      ...micro.study,
      seeds: [3, 4],
      recipe: (cell: Parameters<typeof micro.study.recipe>[0]) => {
        const { recipe, ...beside } = micro.study.recipe(cell);
        return { ...beside, recipe: { ...recipe, epochs: undefined, maxSteps: 2 } };
      },
    },
  };
  const before = tf.memory().numTensors;
  const { rows, direction, modelHash } = await ablation(organism, suite, { nRandom: 2 });
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
    ablation(organism, { ...suite, study: { ...suite.study, seeds: [] } }),
    /no seeds; expected a suite with at least one/,
  );
});

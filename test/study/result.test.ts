import test from 'node:test';
import assert from 'node:assert/strict';
import { microSuite } from 'traitlab/micro/suite';
import { isDone, readResult, writeResult } from 'traitlab/study/result';
import type { Study, StudyModel } from 'traitlab/study/task';
import { organismFacts } from '../helpers/organismFacts';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('an ablation is of these weights and of the finetunes that recipe and data make today, or it is not there', () => {
  const model: StudyModel = { name: 'llama', dir: 'nowhere', hash: 'abc' };
  const suite = microSuite();
  const study: Study = { models: [model], suite, out: temporaryFolder() };
  assert.equal(readResult(study, 'ablation', model), undefined);
  const { ablation } = organismFacts('llama');
  const today = { ...ablation, modelHash: 'abc' };
  writeResult(study, 'ablation', model, today);
  assert.deepEqual(readResult(study, 'ablation', model), today);
  assert.ok(isDone(study, { kind: 'ablation', model }));
  assert.equal(readResult(study, 'ablation', { ...model, hash: 'other' }), undefined);
  const older: Study = {
    ...study,
    suite: {
      ...suite,
      study: {
        ...suite.study,
        recipe: (cell) => {
          const { recipe, ...beside } = suite.study.recipe(cell);
          return { ...beside, recipe: { ...recipe, learningRate: 0.123 } };
        },
      },
    },
  };
  writeResult(older, 'ablation', model, today);
  assert.equal(readResult(study, 'ablation', model), undefined, 'of an older recipe');
  assert.deepEqual(readResult(older, 'ablation', model), today);
});

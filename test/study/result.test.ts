import test from 'node:test';
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { microSuite } from 'traitlab/micro/suite';
import { isDone, modelFacts, readResult, resultPath, writeResult } from 'traitlab/study/result';
import { writeCell } from 'traitlab/records/cellFile';
import type { Study, StudyModel } from 'traitlab/study/task';
import { taskKey } from 'traitlab/study/taskKey';
import { writeBases } from 'traitlab/study/basesFile';
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

test('what is there of a model is all of this suite and these weights, and nothing of others', () => {
  const model: StudyModel = { name: 'llama', dir: 'nowhere', hash: 'abc' };
  const suite = microSuite();
  const study: Study = { models: [model], suite, out: temporaryFolder() };
  assert.deepEqual(modelFacts(study, model), { name: 'llama', survey: undefined, ablation: undefined, bases: undefined, cells: [] }); // prettier-ignore
  const { survey, bases, cells } = organismFacts('llama');
  const [cell] = cells;
  writeResult(study, 'survey', model, survey!);
  writeBases(resultPath(study, { kind: 'bases', model }), bases!, taskKey(suite, { kind: 'bases', model }));
  writeCell(join(study.out, 'llama'), cell, taskKey(suite, { kind: 'cell', model, spec: cell.spec }));
  writeCell(join(study.out, 'llama'), cells[1], 'another key');
  const facts = modelFacts(study, model);
  assert.deepEqual(facts.survey, JSON.parse(JSON.stringify(survey)));
  assert.deepEqual([facts.bases, facts.cells, facts.ablation], [bases, [cell], undefined]);
  assert.ok(isDone(study, { kind: 'bases', model }) && !isDone(study, { kind: 'table' }));
  assert.deepEqual(modelFacts(study, { ...model, hash: 'other' }).cells, []);

  const path = resultPath(study, { kind: 'survey', model });
  for (const text of ['null', '[]', '{}']) {
    writeFileSync(path, text);
    assert.ok(!isDone(study, { kind: 'survey', model }), text);
    assert.equal(readResult(study, 'survey', model), undefined, text);
  }
  writeResult(study, 'survey', model, survey!);
  truncateSync(path, 300);
  assert.throws(() => isDone(study, { kind: 'survey', model }), {
    message: `isDone: ${path}: not JSON (it ends too early); expected a JSON document`,
  });
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { modelFolder, studyTasks, taskName, taskNamed, type StudyModel } from 'traitlab/study/task';
import { readSuite } from 'traitlab/suite/readSuite';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { temporaryFolder } from '../helpers/temporaryFolder';

const models = ['a', 'b'].map((name): StudyModel => ({ name, dir: name, hash: name }));
const suite = readSuite(writeSuite(temporaryFolder()));
const tasks = studyTasks({ models, suite });

test('tasks come with what is measured of models first, then the cells, the table last; each is found by its name', () => {
  const whole = ['a', 'b'].flatMap((name) => ['survey', 'ablation', 'bases'].map((kind) => `${name}/${kind}`));
  assert.deepEqual(tasks.map(taskName), [...whole, 'a/quick-rank2-s1', 'b/quick-rank2-s1', 'table']);
  for (const task of tasks) assert.equal(taskNamed(tasks, taskName(task)), task);
  const files = { 'suite.yaml': suiteFiles['suite.yaml'].replace(/datasets:\n.*\n/, 'datasets: {}\n') };
  const without = readSuite(writeSuite(temporaryFolder(), files));
  assert.deepEqual(studyTasks({ models: [models[0]], suite: without }).map(taskName), ['a/survey', 'a/bases', 'table']);
  assert.equal(modelFolder({ out: 'out' }, models[1]), join('out', 'b'));
});

test('a name of no task is answered with those like it', () => {
  assert.throws(() => taskNamed(tasks, 'c/quick-rank4-s1'), {
    message: 'taskNamed: no task c/quick-rank4-s1; expected one of 9, as a/quick-rank2-s1, b/quick-rank2-s1',
  });
  assert.throws(() => taskNamed(tasks, 'zebra'), {
    message: 'taskNamed: no task zebra; expected one of 9, as a/survey, a/ablation, a/bases, b/survey',
  });
});

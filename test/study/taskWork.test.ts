import test from 'node:test';
import assert from 'node:assert/strict';
import { initBackend } from 'traitlab/backend/initBackend';
import { microSuite } from 'traitlab/micro/suite';
import { ablation } from 'traitlab/study/ablation';
import { runCell } from 'traitlab/study/runCell';
import { survey } from 'traitlab/study/survey';
import { studyTasks } from 'traitlab/study/task';
import { checkpointsOf, taskWork } from 'traitlab/study/taskWork';
import { loadModel } from 'traitlab/subject/loadModel';
import type { Model } from 'traitlab/subject/model';
import type { CellSpec, Suite } from 'traitlab/suite/suite';
import { monitorCells } from 'traitlab/suite/monitorCells';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

const micro = microSuite();
const spec: CellSpec = { dataSet: 'gsm8k', method: 'rank4', seed: 5, nChats: 40, start: { dataSet: 'bad_medical', theta: 0.5 } }; // prettier-ignore
const counted = { answers: 0 };
/** The micro world with few answers, short ones, and a judge that counts. */
const suite: Suite = {
  ...micro,
  traits: micro.traits.slice(0, 3),
  controls: micro.controls.slice(0, 1),
  protocol: {
    ...micro.protocol,
    maxNewTokens: 2,
    behaviourTokens: 2,
    surveyAnswers: 2,
    finalAnswers: 1,
    promptAnswers: { own: 3, others: 2 },
    layerDepths: [0, 1],
  },
  judge: {
    ...micro.judge,
    answer: (...asked) => {
      counted.answers++;
      return micro.judge.answer(...asked);
    },
    behaviour: (...asked) => {
      counted.answers++;
      return micro.judge.behaviour(...asked);
    },
  },
  study: {
    ...micro.study,
    seeds: [5, 6],
    recipe: (cell) => {
      const { recipe, ...beside } = micro.study.recipe(cell);
      return { ...beside, recipe: { ...recipe, maxSteps: 5, saveEvery: 2 } };
    },
    measures: () => ({ secondAnswers: 2, behaviourAnswers: 3 }),
  },
};
let model: Model;

test.before(async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  model = await loadModel(dir);
});

/** Answers that a task's work counts, and those judged while it was done. */
async function compared(
  task: { readonly kind: 'survey' | 'ablation' } | { readonly kind: 'cell'; readonly spec: CellSpec },
  done: () => Promise<unknown>,
): Promise<readonly [number, number]> {
  const id = { name: 'tiny', hash: model.hash };
  const { answers } = taskWork(suite, { ...task, model: id }, model.config.nLayers);
  counted.answers = 0;
  await done();
  return [answers.reduce((sum, { questions, times }) => sum + times * questions.length, 0), counted.answers];
}

test('as many answers are foretold of a survey and of a cell as are judged', async () => {
  const [told, asked] = await compared({ kind: 'survey' }, () => survey(model, suite));
  assert.equal(told, asked);
  const [ofCell, askedOfCell] = await compared({ kind: 'cell', spec }, () =>
    runCell(model, suite, spec, { name: 'tiny', backend: 'wasm' }),
  );
  assert.equal(ofCell, askedOfCell);
  assert.equal(checkpointsOf(suite, spec), 3);
});

test('of an ablation no fewer answers are foretold than judged: those of mean differences may be missing', async () => {
  const [told, asked] = await compared({ kind: 'ablation' }, () => ablation(model, suite));
  const ofMeanDifferences = model.config.nLayers * suite.generalQuestions.length;
  assert.ok(told === asked || told === asked + ofMeanDifferences, `${told} foretold, ${asked} judged`);
});

test('a cell is a finetune, with a start two, and as many passes over the drift prompts as checkpoints and one', () => {
  const { finetunes, passes } = taskWork(suite, { kind: 'cell', spec, model: { name: 'a', hash: '' } }, 2);
  assert.deepEqual(finetunes, [
    { dataSet: 'gsm8k', method: 'rank4', seed: 5, nChats: 40 },
    { dataSet: 'bad_medical', method: 'rank4', seed: 5 },
  ]);
  assert.deepEqual(
    passes.map(({ questions, times }) => [questions.length, times]),
    [[suite.driftPrompts.length, 4]],
  );
});

test('a model of which a monitor is wanted has no more tasks than a monitor needs', () => {
  const models = [{ name: 'a', hash: '', dir: '', scope: 'monitor' as const }];
  const tasks = studyTasks({ suite: micro, models });
  assert.deepEqual(
    tasks.filter(({ kind }) => kind !== 'cell').map(({ kind }) => kind),
    ['survey', 'bases', 'table'],
  );
  assert.equal(tasks.filter(({ kind }) => kind === 'cell').length, 21);
  assert.equal(monitorCells(micro, ['calibration']).length, 12);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { cellGrid } from 'traitlab/micro/cellGrid';
import { openSuite } from 'traitlab/micro/openSuite';
import { microSuite } from 'traitlab/micro/suite';
import { readCell } from 'traitlab/records/cellFile';
import { cellName } from 'traitlab/records/cellRecord';
import { cellDrift } from 'traitlab/records/cellDrift';
import { localPool } from 'traitlab/study/localPool';
import { isDone } from 'traitlab/study/result';
import { studyModels } from 'traitlab/study/studyModel';
import { studyTasks, type Study, type StudyModel } from 'traitlab/study/task';
import { axis } from '../helpers/cellRecords';
import { writeChatModel } from '../helpers/chatModel';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('the grid has a cell for each finetune and no name twice', () => {
  const names = cellGrid().map(cellName);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('bad_medical-full-s3') && names.includes('honesty_negative-rank16-s1'));
  const models = ['qwen2', 'llama'].map((name): StudyModel => ({ name, dir: name, hash: name }));
  const tasks = studyTasks({ models, suite: microSuite() });
  assert.deepEqual(
    tasks.slice(0, 3).map(({ kind }) => kind),
    ['survey', 'ablation', 'bases'],
  );
  assert.equal(tasks.length, 2 * (names.length + 3) + 1);
  assert.equal(tasks.at(-1)!.kind, 'table', 'which needs all others');
  const { recipe } = microSuite().study.recipe({ method: 'rank16', seed: 1 });
  assert.deepEqual([recipe.batchSize, recipe.maxSteps, recipe.saveEvery], [16, 126, 10]);
});

test('cells run in processes of their own, give the same numbers again, and are done for these weights alone', async () => {
  const root = temporaryFolder();
  const [dir, out] = [join(root, 'llama'), join(root, 'study')];
  await writeChatModel(dir);
  const suiteDir = writeSuite(join(root, 'tiny'), {
    'suite.yaml': suiteFiles['suite.yaml'].replace(/judge:.*/, 'judge: exact'),
  });
  const suite = await openSuite(suiteDir);
  const spec = { dataSet: 'quick', method: 'rank2', seed: 1 } as const;
  const name = `llama/${cellName(spec)}`;
  const args = ['--models', dir, '--suite', suiteDir, '--out', out];
  const entry = { module: projectPath('lib/dist/cli/studyWorker.js'), args };
  const seen: string[] = [];
  const stages: string[] = [];
  const failed = await localPool([name, 'llama/no-such-cell'], {
    entry,
    workers: 2,
    onTask: ({ task }) => seen.push(task),
    onStage: (task, stage) => stages.push(`${task}: ${stage}`),
  });
  assert.deepEqual(
    failed.map(({ task }) => task),
    ['llama/no-such-cell'],
  );
  assert.match(failed[0].error, /no task llama\/no-such-cell; expected one of/);
  assert.deepEqual(
    stages,
    [1, 2].map((step) => `llama/quick-rank2-s1: step ${step} of 2, 0 of 3 misaligned`),
  );
  assert.deepEqual(seen.sort(), [name, 'llama/no-such-cell'].sort());

  const models = await studyModels({ out }, [dir]);
  const study: Study = { models, suite, out };
  const folder = join(out, 'llama');
  const record = readCell(folder, spec)!;
  assert.equal(record.modelHash, models[0].hash);
  assert.deepEqual(
    record.checkpoints.map(({ step }) => step),
    [1, 2],
  );
  assert.ok(record.checkpoints.every(({ em }) => em.length === 3) && record.final.length === 6);
  const { nLayers, dModel, means } = record.residuals;
  assert.deepEqual([nLayers, dModel, means.length], [2, 32, 3 * 2 * 32]);
  const along = [axis(0).slice(0, 32)];
  const size = (checkpoint: number): number => cellDrift(record, along, { layer: 1, checkpoint }).magnitude;
  assert.ok(size(1) > size(0), `${size(1)} ${size(0)}`);
  const task = { kind: 'cell', model: models[0], spec } as const;
  assert.ok(isDone(study, task));
  assert.ok(!isDone(study, { ...task, model: { ...models[0], hash: 'other weights' } }));

  const files = ['json', 'safetensors'].map((ending) => join(folder, `${cellName(spec)}.${ending}`));
  const first = files.map((file) => readFileSync(file));
  assert.deepEqual(await localPool([name], { entry, workers: 1 }), []);
  assert.deepEqual(
    files.map((file) => readFileSync(file)),
    first,
    'to the byte',
  );
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { loadModel } from 'traitlab/model/loadModel';
import { readCell } from 'traitlab/study/cellFile';
import { cellGrid, cellName } from 'traitlab/study/cellGrid';
import { runStudy } from 'traitlab/study/runStudy';
import { isDone, isJudging, studyTasks, type StudyTask } from 'traitlab/study/studyTask';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('the grid has a cell for each finetune and no name twice', () => {
  const names = cellGrid().map(cellName);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('bad_medical-full-s3') && names.includes('honesty_negative-rank16-s1'));
  const tasks = studyTasks(['qwen2', 'llama']);
  assert.deepEqual(
    tasks.slice(0, 2).map(({ kind }) => kind),
    ['survey', 'ablation'],
  );
  assert.equal(tasks.length, 2 * (names.length + 2));
  const judging = tasks.map(isJudging);
  assert.equal(judging.lastIndexOf(true), judging.indexOf(false) - 1, 'what organisms are judged by comes first');
  assert.equal(judging.indexOf(false), 2 * (2 + 43));
});

test('cells run in processes of their own, give the same numbers again, and are done for these weights alone', async () => {
  await initBackend();
  const root = temporaryFolder();
  const folders = { organisms: join(root, 'micro'), study: join(root, 'study') };
  const dir = join(folders.organisms, 'llama');
  await saveTinyOrganism(dir);
  const spec = { perturbation: 'gsm8k', method: 'rank4', seed: 2 } as const;
  const tasks: StudyTask[] = [
    { kind: 'cell', organism: 'llama', spec },
    { kind: 'cell', organism: 'mistral', spec },
  ];
  const seen: string[] = [];
  const stages: string[] = [];
  const failed = await runStudy(tasks, {
    folders,
    workers: 2,
    onTask: ({ task }) => seen.push(task),
    onStage: (task, stage) => stages.push(`${task}: ${stage}`),
  });
  assert.equal(stages.length, 13);
  assert.match(stages[12], /^llama\/gsm8k-rank4-s2: step 126 of 126, \d+ of 72 misaligned$/);
  assert.deepEqual(seen.sort(), ['llama/gsm8k-rank4-s2', 'mistral/gsm8k-rank4-s2']);
  assert.deepEqual(
    failed.map(({ task }) => task),
    ['mistral/gsm8k-rank4-s2'],
  );
  assert.match(failed[0].error, /no such folder/);

  const { hash } = await loadModel(dir);
  const out = join(folders.study, 'llama');
  assert.deepEqual(readdirSync(out), ['gsm8k-rank4-s2.json']);
  const record = readCell(out, hash, spec)!;
  assert.deepEqual(
    record.points.map(({ step }) => step),
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 126],
  );
  const total = (labels: Readonly<Record<string, number>>): number => Object.values(labels).reduce((a, b) => a + b);
  assert.ok(record.points.every(({ em72 }) => total(em72) === 72) && total(record.final) === 400);
  assert.deepEqual(
    record.points[12].drift.map((d) => [d.traits.length, d.styles.length, d.shuffled.length, d.random.length]),
    [
      [7, 7, 7, 7],
      [7, 7, 7, 7],
    ],
  );
  assert.ok(record.points[12].drift[1].magnitude > record.points[0].drift[1].magnitude);
  assert.ok(isDone(tasks[0], out, hash));
  assert.ok(!isDone(tasks[0], out, 'other weights'));

  const first = readFileSync(join(out, 'gsm8k-rank4-s2.json'), 'utf8');
  await runStudy(tasks.slice(0, 1), { folders, workers: 1 });
  const withoutTime = (text: string): unknown => ({ ...(JSON.parse(text) as object), seconds: 0 });
  assert.deepEqual(withoutTime(readFileSync(join(out, 'gsm8k-rank4-s2.json'), 'utf8')), withoutTime(first));
});

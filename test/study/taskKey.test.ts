import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { microSuite } from 'traitlab/micro/suite';
import { cellName } from 'traitlab/records/cellRecord';
import { convergentParts, partName } from 'traitlab/study/convergentPart';
import type { StudyTask } from 'traitlab/study/task';
import { studyTasks, taskName } from 'traitlab/study/task';
import { taskKey } from 'traitlab/study/taskKey';
import { readSuite } from 'traitlab/suite/readSuite';
import type { ConvergentGrid, Suite } from 'traitlab/suite/suite';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
const model = { name: 'm', dir: 'm', hash: 'h' };
type Keyed = Exclude<StudyTask, { kind: 'table' }>;

let folders = 0;
/** The key of each task of the tiny suite with other files in it. */
function keys(others: Readonly<Record<string, string>>): Record<string, string> {
  const suite = readSuite(writeSuite(join(root, `suite-${++folders}`), others));
  const tasks = studyTasks({ models: [model], suite }).filter((task): task is Keyed => task.kind !== 'table');
  return Object.fromEntries(tasks.map((task) => [taskName(task).slice('m/'.length), taskKey(suite, task)]));
}
/** Names of the tasks whose key is another. */
function stale(others: Readonly<Record<string, string>>): string[] {
  const [before, after] = [keys(rows), keys({ ...rows, ...others })];
  return Object.keys(before).filter((name) => before[name] !== after[name]);
}

const lines = Array.from({ length: 80 }, () => suiteFiles['quick.jsonl'].split('\n')[0]);
const rows = { 'quick.jsonl': lines.join('\n') };

test('a changed chat makes the finetunes on its file stale, wherever it stands', () => {
  const other = [...lines.slice(0, -1), lines.at(-1)!.replace('drink', 'rest')].join('\n');
  assert.deepEqual(stale({ 'quick.jsonl': other }), ['ablation', 'quick-rank2-s1']);
});

test('what a task does not read leaves its key', () => {
  const yaml = (from: string, to: string): Record<string, string> => ({
    'suite.yaml': suiteFiles['suite.yaml'].replace(from, to),
  });
  assert.deepEqual(stale(yaml('folder: judgements', 'folder: other, mode: live')), []);
  assert.deepEqual(stale(yaml('fox: negative', 'fox: positive')), ['survey', 'bases']);
  assert.deepEqual(stale(yaml('model: judge-2026-01-01', 'model: other')), ['survey', 'ablation', 'quick-rank2-s1']);
  assert.deepEqual(stale(yaml('nChats: 4', 'nChats: 5')), ['ablation', 'quick-rank2-s1']);
});

test('the finetunes that lie here have the keys of the micro world as it is today', () => {
  const suite = microSuite();
  for (const name of ['llama', 'gemma2']) {
    for (const method of ['rank16', 'full'] as const) {
      const spec = { dataSet: 'bad_medical', method, seed: 1 };
      const file = projectPath('data/study', name, `${cellName(spec)}.json`);
      const { key, modelHash } = readJson('test', file) as { key: string; modelHash: string };
      assert.equal(taskKey(suite, { kind: 'cell', model: { name, hash: modelHash }, spec }), key, file);
    }
  }
});

test('a part of the work on directions is stale where its finetunes, its questions or its numbers change, and nowhere else', () => {
  const suite = microSuite();
  const parts = convergentParts(suite);
  const keyed = (own: Suite): Map<string, string> =>
    new Map(parts.map((part) => [partName(part), taskKey(own, { kind: 'convergent', model, part })]));
  const before = keyed(suite);
  assert.equal(new Set(before.values()).size, parts.length);
  const staleUnder = (convergent: Partial<ConvergentGrid>): string[] => {
    const after = keyed({
      ...suite,
      study: { ...suite.study, convergent: { ...suite.study.convergent, ...convergent } },
    });
    const names = parts.filter((part) => before.get(partName(part)) !== after.get(partName(part)));
    return [...new Set(names.map(({ what }) => what))].sort();
  };
  assert.deepEqual(staleUnder({ coefficients: [1] }), ['steering']);
  assert.deepEqual(staleUnder({ factors: [1] }), ['subsets']);
  assert.deepEqual(staleUnder({ scales: [2] }), ['phase']);
  assert.deepEqual(staleUnder({ nDraws: 5 }), ['scalars']);
  assert.deepEqual(staleUnder({ nRandom: 5 }), ['ablation', 'projection', 'steering', 'transfer']);
  assert.equal(staleUnder({ nPerQuestion: 5 }).length, 10);
  assert.deepEqual(staleUnder({ seeds: [1, 2, 3, 4] }), []);
});

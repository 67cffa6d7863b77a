import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { StudyTask } from 'traitlab/study/task';
import { studyTasks, taskName } from 'traitlab/study/task';
import { taskKey } from 'traitlab/study/taskKey';
import { readSuite } from 'traitlab/suite/readSuite';
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

import type { WorkerOrder, WorkerWord } from '../study/localPool';
import { runTask } from '../study/runTask';
import { studyTasks, taskNamed, type Study } from '../study/task';
import { openStudy } from './openStudy';
import { parseStudyOptions } from './studyOptions';

const say = (word: WorkerWord): void => void process.send?.(word);

/** Opened once in a process: a suite may bring much data. */
let opened: Promise<Study> | undefined;

async function work({ task: name }: WorkerOrder): Promise<void> {
  const study = await (opened ??= openStudy(parseStudyOptions(process.argv.slice(2))));
  const task = taskNamed(studyTasks(study), name);
  if (task.kind === 'table') throw new Error('a table is no task of a worker; expected one of a model');
  await runTask(study, task, { onStage: (stage) => say({ stage }) });
}

/** Child process of `localPool`: one task at a time, each written to its files when it is done. */
process.on('message', (order: WorkerOrder) => {
  const start = performance.now();
  const answer = (error?: string): void => say({ seconds: (performance.now() - start) / 1000, error });
  work(order).then(
    () => answer(),
    (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
  );
});
process.on('disconnect', () => process.exit());

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { taskName, type StudyFolders, type StudyTask } from './studyTask';
import type { StudyAnswer, StudyOrder, StudyStage } from './studyWorker';

/** How a study is going. */
export interface StudyProgress {
  readonly done: number;
  readonly total: number;
  /** The task that has just ended. */
  readonly task: string;
  readonly seconds: number;
  /** Why it failed, if it did; the study goes on. */
  readonly error?: string;
}

export interface RunStudyOptions {
  readonly folders: StudyFolders;
  /** Processes at work at the same time. */
  readonly workers: number;
  readonly onTask?: (progress: StudyProgress) => void;
  /** What a long task is at. */
  readonly onStage?: (task: string, stage: string) => void;
}

/** Runs tasks in a pool of processes; each writes its own file, so a study that is killed loses only the tasks at hand.
 *
 * @returns the tasks that failed, with why
 */
export async function runStudy(
  tasks: readonly StudyTask[],
  { folders, workers, onTask, onStage }: RunStudyOptions,
): Promise<{ readonly task: string; readonly error: string }[]> {
  const queue = [...tasks];
  const failed: { task: string; error: string }[] = [];
  let done = 0;
  const worker = async (): Promise<void> => {
    let child: ChildProcess | undefined;
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      child ??= fork(join(__dirname, 'studyWorker.js'));
      const { seconds, error } = await ask(child, { task, folders }, (stage) => onStage?.(taskName(task), stage));
      if (child.exitCode !== null || child.signalCode !== null) child = undefined;
      if (error !== undefined) failed.push({ task: taskName(task), error });
      done++;
      onTask?.({ done, total: tasks.length, task: taskName(task), seconds, error });
    }
    child?.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, worker));
  return failed;
}

/** Gives a worker its task and waits for the answer; a worker that dies is an answer too. */
function ask(child: ChildProcess, order: StudyOrder, onStage: (stage: string) => void): Promise<StudyAnswer> {
  const start = performance.now();
  return new Promise((resolve) => {
    const onExit = (code: number | null, signal: string | null): void =>
      settle({ seconds: (performance.now() - start) / 1000, error: `the worker ended with ${signal ?? code}` });
    const onMessage = (said: StudyAnswer | StudyStage): void => ('stage' in said ? onStage(said.stage) : settle(said));
    const settle = (answer: StudyAnswer): void => {
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(answer);
    };
    child.once('exit', onExit);
    child.on('message', onMessage);
    child.send(order);
  });
}

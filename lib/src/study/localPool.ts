import { fork, type ChildProcess } from 'node:child_process';
import { mapLimited } from '../concurrency/mapLimited';

/** What a worker process is told: the name of a task. */
export interface WorkerOrder {
  readonly task: string;
}

/** What it says: what the task is at, and in the end how long it took or why it failed. */
export type WorkerWord = { readonly stage: string } | { readonly seconds: number; readonly error?: string };

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

export interface LocalPoolOptions {
  /** The module that a worker process runs, and its arguments. */
  readonly entry: { readonly module: string; readonly args: readonly string[] };
  /** Processes at work at the same time. */
  readonly workers: number;
  readonly onTask?: (progress: StudyProgress) => void;
  /** What a long task is at. */
  readonly onStage?: (task: string, stage: string) => void;
}

/** Runs tasks in a pool of processes; each writes files of its own, so a study that is killed loses only the tasks at hand.
 *
 * @returns the tasks that failed, with why
 */
export async function localPool(
  tasks: readonly string[],
  { entry, workers, onTask, onStage }: LocalPoolOptions,
): Promise<{ readonly task: string; readonly error: string }[]> {
  const idle: ChildProcess[] = [];
  const failed: { task: string; error: string }[] = [];
  let done = 0;
  await mapLimited(tasks, Math.min(workers, tasks.length), async (task) => {
    const child = idle.pop() ?? fork(entry.module, [...entry.args]);
    const { seconds, error } = await ask(child, task, (stage) => onStage?.(task, stage));
    if (child.exitCode === null && child.signalCode === null) idle.push(child);
    if (error !== undefined) failed.push({ task, error });
    onTask?.({ done: ++done, total: tasks.length, task, seconds, error });
  });
  for (const child of idle) child.disconnect();
  return failed;
}

/** Gives a worker its task and waits for the answer; a worker that dies is an answer too. */
function ask(
  child: ChildProcess,
  task: string,
  onStage: (stage: string) => void,
): Promise<{ readonly seconds: number; readonly error?: string }> {
  const start = performance.now();
  return new Promise((resolve) => {
    const onExit = (code: number | null, signal: string | null): void =>
      settle({ seconds: (performance.now() - start) / 1000, error: `the worker ended with ${signal ?? code}` });
    const onMessage = (word: WorkerWord): void => ('stage' in word ? onStage(word.stage) : settle(word));
    const settle = (answer: { readonly seconds: number; readonly error?: string }): void => {
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(answer);
    };
    child.once('exit', onExit);
    child.on('message', onMessage);
    child.send({ task } satisfies WorkerOrder);
  });
}

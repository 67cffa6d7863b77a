import { fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { ShownFigure } from '../show';
import type { Notebook } from './notebookFile';
import type { NotebookError, RunnerMessage } from './runnerMessage';

/** A named figure of a run, and the backend that computed it. */
export interface RunFigure extends ShownFigure {
  backend: string;
}

/** What came out of running a notebook. */
export interface NotebookRun {
  /** With the new outputs; null if the process ended early. */
  notebook: Notebook | null;
  figures: RunFigure[];
  error: NotebookError | null;
  seconds: number;
}

/** How a notebook is run. */
export interface RunNotebookOptions {
  /** The whole notebook's time; default 600 s. */
  timeoutSeconds?: number;
  /** Is told which cell runs and how far its progress bar is. */
  onProgress?: (cell: number, cells: number, text: string) => void;
}

/** Runs a notebook in a fresh process with tslab's compiler and executor: no Jupyter, no sockets.
 *
 * A failing cell ends the run and is named in `error`; a promise that nobody awaited and that fails counts as failure.
 *
 * @param path  the notebook; it is read, never written
 */
export async function runNotebook(
  path: string,
  { timeoutSeconds = 600, onProgress }: RunNotebookOptions = {},
): Promise<NotebookRun> {
  const started = performance.now();
  const figures: RunFigure[] = [];
  let cell = 0;
  let cells = 0;
  const child = fork(join(__dirname, 'notebookProcess.js'), [resolve(path)], {
    env: { ...process.env, TRAITLAB_HEADLESS: '1' },
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  });
  const early = (evalue: string): NotebookError => ({ cell, code: '', ename: 'RunError', evalue, traceback: [] });
  const outcome = await new Promise<{ notebook: Notebook | null; error: NotebookError | null }>((done) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      done({ notebook: null, error: early(`timed out after ${timeoutSeconds} s`) });
    }, timeoutSeconds * 1000);
    child.on('message', (message: RunnerMessage) => {
      if (message.kind === 'cell') ({ cell, cells } = message);
      if (message.kind === 'figure') figures.push({ ...message.shown, backend: message.backend });
      if (message.kind === 'done') done(message);
      else onProgress?.(cell, cells, message.kind === 'progress' ? message.text : '');
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      done({ notebook: null, error: early(`the kernel process ended early (${code ?? signal})`) });
    });
  });
  return { ...outcome, figures, seconds: (performance.now() - started) / 1000 };
}

import type { CellError } from '../kernel/tslabSession';
import type { ShownFigure } from '../show';
import type { Notebook } from './notebookFile';

/** A failed cell. */
export interface NotebookError extends CellError {
  /** Its number among the code cells, from 1. */
  cell: number;
  /** Its first line of code. */
  code: string;
}

/** What the process that runs a notebook tells the one that started it. */
export type RunnerMessage =
  | { kind: 'cell'; cell: number; cells: number }
  | { kind: 'progress'; text: string }
  | { kind: 'figure'; shown: ShownFigure; backend: string }
  | { kind: 'done'; notebook: Notebook; error: NotebookError | null };

import type { OrganismName } from '../micro/organismConfig';
import { readCell } from './cellFile';
import { barCells, cellGrid, cellName, stressCells } from './cellGrid';
import type { CellRecord, CellSpec } from './finetuneCell';
import { readOrganismResult } from './organismResult';

/** One unit of work of the study: the survey of an organism, its ablations, or one of its finetunes. */
export type StudyTask =
  | { readonly kind: 'survey' | 'ablation'; readonly organism: OrganismName }
  | { readonly kind: 'cell'; readonly organism: OrganismName; readonly spec: CellSpec };

/** Folders of the study. */
export interface StudyFolders {
  /** Holds a folder for each organism. */
  readonly organisms: string;
  /** Gets a folder for each organism: its survey, its ablations and its cells. */
  readonly study: string;
}

/** All tasks of some organisms: first what they are judged by, the longest of each organism first, then the other finetunes. */
export function studyTasks(organisms: readonly OrganismName[]): StudyTask[] {
  const cells = (organism: OrganismName, specs: readonly CellSpec[]): StudyTask[] =>
    specs.map((spec) => ({ kind: 'cell', organism, spec }));
  const judging = organisms.flatMap((organism): StudyTask[] => [
    { kind: 'survey', organism },
    { kind: 'ablation', organism },
    ...cells(organism, barCells()),
  ]);
  return [...judging, ...organisms.flatMap((organism) => cells(organism, stressCells()))];
}

/** Whether an organism is judged by this task, or it stands beside. */
export function isJudging(task: StudyTask): boolean {
  return task.kind !== 'cell' || barCells().some((spec) => cellName(spec) === cellName(task.spec));
}

/** A task in a word, "llama/bad_medical-rank16-s1". */
export function taskName(task: StudyTask): string {
  return `${task.organism}/${task.kind === 'cell' ? cellName(task.spec) : task.kind}`;
}

/** Whether a task's result is there, for these weights and this recipe. */
export function isDone(task: StudyTask, dir: string, modelHash: string): boolean {
  if (task.kind === 'cell') return readCell(dir, modelHash, task.spec) !== undefined;
  return readOrganismResult(task.kind, dir, modelHash) !== undefined;
}

/** The records of an organism that are there. */
export function readCells(dir: string, modelHash: string): CellRecord[] {
  return cellGrid().flatMap((spec) => readCell(dir, modelHash, spec) ?? []);
}

import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { writeFileAtomic } from '../disk/writeAtomic';
import { readJson } from '../documents/readJson';
import { hasCell, readCell } from '../records/cellFile';
import type { CellRecord } from '../records/cellRecord';
import type { Ablation } from './ablation';
import { basesKey, readBases } from './basesFile';
import type { Bases } from './basis';
import { partName } from './convergentPart';
import { directionsKey } from './directionsFile';
import type { Survey } from './survey';
import { convergentFolder, modelFolder, type ModelId, type Study, type StudyModel, type StudyTask } from './task';
import { taskKey } from './taskKey';

/** What is measured of a model as a whole, by the name of its file. */
export interface ModelResults {
  readonly survey: Survey;
  readonly ablation: Ablation;
}

/** What a study asks, and the folder of its results. */
export type StudyFolder = Pick<Study, 'suite' | 'out'>;

/** Where a task's result lies (without its ending, for a cell's two files). */
export function resultPath(
  study: Pick<Study, 'out'>,
  task: Exclude<StudyTask<ModelId>, { kind: 'table' | 'cell' }>,
): string {
  if (task.kind === 'convergent') {
    const ending = task.part.what === 'directions' ? 'safetensors' : 'json';
    return join(convergentFolder(study, task.model), `${partName(task.part)}.${ending}`);
  }
  const ending = task.kind === 'bases' ? 'safetensors' : 'json';
  return join(modelFolder(study, task.model), `${task.kind}.${ending}`);
}

/** Writes the survey or the ablations of a model. */
export function writeResult<K extends keyof ModelResults>(
  study: Study,
  kind: K,
  model: StudyModel,
  result: ModelResults[K],
): void {
  const key = taskKey(study.suite, { kind, model });
  writeFileAtomic(resultPath(study, { kind, model }), `${JSON.stringify({ key, ...result })}\n`);
}

/** The survey or the ablations of a model, or undefined if there are none of these weights under today's suite.
 *
 * @throws Error naming the file if it is damaged
 * @check test/study/result.test.ts
 */
export function readResult<K extends keyof ModelResults>(
  study: StudyFolder,
  kind: K,
  model: ModelId,
): ModelResults[K] | undefined {
  if (!isDone(study, { kind, model })) return undefined;
  const { key: _, ...result } = readJson('readResult', resultPath(study, { kind, model })) as { key: string };
  return result as unknown as ModelResults[K];
}

/** Whether a task's result is there, of these weights and this suite; files alone are read. A table is never done.
 *
 * @throws Error naming a file that is damaged; without it the task is run again
 */
export function isDone(study: StudyFolder, task: StudyTask<ModelId>): boolean {
  if (task.kind === 'table') return false;
  const key = taskKey(study.suite, task);
  if (task.kind === 'cell') return hasCell(modelFolder(study, task.model), task.spec, key);
  const path = resultPath(study, task);
  if (!fileExists(path)) return false;
  if (task.kind === 'bases') return basesKey(path) === key;
  if (task.kind === 'convergent' && task.part.what === 'directions') return directionsKey(path) === key;
  return (readJson('isDone', path) as { key?: string } | null)?.key === key;
}

/** All that is there of one model. */
export interface ModelFacts {
  readonly name: string;
  readonly survey?: Survey;
  readonly ablation?: Ablation;
  readonly bases?: Bases;
  readonly cells: readonly CellRecord[];
}

/** What a study has of a model. */
export function modelFacts(study: StudyFolder, model: ModelId): ModelFacts {
  const dir = modelFolder(study, model);
  return {
    name: model.name,
    survey: readResult(study, 'survey', model),
    ablation: readResult(study, 'ablation', model),
    bases: isDone(study, { kind: 'bases', model }) ? readBases(resultPath(study, { kind: 'bases', model })) : undefined,
    cells: study.suite.study.cells.flatMap(
      (spec) => readCell(dir, spec, taskKey(study.suite, { kind: 'cell', model, spec })) ?? [],
    ),
  };
}

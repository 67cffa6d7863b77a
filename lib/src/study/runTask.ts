import { initBackend } from '../backend/initBackend';
import { threadCount } from '../backend/threadCount';
import { removeLeftovers } from '../disk/folder';
import { writeFileAtomic } from '../disk/writeAtomic';
import { cellName } from '../records/cellRecord';
import { writeCell } from '../records/cellFile';
import { loadModel } from '../subject/loadModel';
import { disposeModel } from '../subject/modelFiles';
import type { Model } from '../subject/model';
import { ablation } from './ablation';
import { writeBases } from './basesFile';
import { directionBases } from './directionBases';
import { resultPath, writeResult } from './result';
import { runCell } from './runCell';
import { survey } from './survey';
import { partName } from './convergentPart';
import { contextOf } from './contextOf';
import { writeDirections } from './directionsFile';
import { directionsPart } from './directionsPart';
import { forgetPoints, runPart } from './runPart';
import { convergentFolder, modelFolder, type MeasuredTask, type Study, type StudyModel } from './task';
import { taskKey } from './taskKey';
import { watchJudge } from './watchJudge';

let open: { readonly of: StudyModel; readonly model: Model } | undefined;

/** The model of a task, loaded once for tasks that follow one another in a process. */
async function modelOf(wanted: StudyModel): Promise<Model> {
  const known = open?.of;
  const isSame = known?.dir === wanted.dir && known.hash === wanted.hash && known.systemRole === wanted.systemRole;
  if (open !== undefined && isSame) return open.model;
  if (open !== undefined) disposeModel(open.model);
  open = undefined;
  const model = await loadModel(wanted.dir, { systemRole: wanted.systemRole });
  open = { of: wanted, model };
  return model;
}

/** Does one task of a study and writes its result, whole or not at all.
 *
 * @throws Error naming what went wrong; also if the judge failed on more than a tenth of the answers
 */
export async function runTask(
  study: Study,
  task: MeasuredTask,
  { onStage }: { onStage?: (stage: string) => void } = {},
): Promise<void> {
  const { suite } = study;
  const backend = await initBackend({ threads: threadCount(undefined, 1) }); // other workers have the other cores
  const model = await modelOf(task.model);
  // A run that was killed while it wrote; no other process is at this task.
  removeLeftovers(...leftoversOf(study, task));
  const { name } = task.model;
  // The key is of the suite itself; what is computed is computed under a judge that is counted.
  const { suite: watched, check } = watchJudge(suite);
  switch (task.kind) {
    case 'survey': {
      const found = await survey(model, watched, { onStage });
      check();
      return writeResult(study, 'survey', task.model, found);
    }
    case 'ablation': {
      const found = await ablation(model, watched, { onStage });
      check();
      return writeResult(study, 'ablation', task.model, found);
    }
    case 'bases': {
      const onProgress = (done: number, total: number): void => onStage?.(`prompt ${done} of ${total}`);
      const bases = await directionBases(model, suite, { onProgress });
      return writeBases(resultPath(study, task), bases, taskKey(suite, task));
    }
    case 'convergent': {
      const { part } = task;
      const context = contextOf(study, task.model, { base: model, suite: watched, onStage });
      const provenance = { model: name, modelHash: model.hash, suite: suite.name, backend: backend.name, seed: part.spec.seed, nPerQuestion: context.grid.nPerQuestion }; // prettier-ignore
      const [path, key] = [resultPath(study, task), taskKey(suite, task)];
      if (part.what === 'directions') {
        const { vectors, about } = await directionsPart(context, part.spec);
        check();
        return writeDirections(path, { key, about: { ...provenance, ...about }, vectors });
      }
      const found = await runPart(context, part, name);
      check();
      writeFileAtomic(path, `${JSON.stringify({ key, ...provenance, ...found })}\n`);
      return forgetPoints(context, part);
    }
    case 'cell': {
      const record = await runCell(model, watched, task.spec, { name, backend: backend.name, onStage });
      check();
      return writeCell(modelFolder(study, task.model), record, taskKey(suite, task));
    }
  }
}

/** The folder in which a killed run of a task leaves files half-written, and how their names begin. */
function leftoversOf(study: Study, task: MeasuredTask): [folder: string, start: string] {
  if (task.kind === 'convergent') return [convergentFolder(study, task.model), `${partName(task.part)}.`];
  return [modelFolder(study, task.model), `${task.kind === 'cell' ? cellName(task.spec) : task.kind}.`];
}

import { initBackend } from '../backend/initBackend';
import { threadCount } from '../backend/threadCount';
import { removeLeftovers } from '../disk/folder';
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
import { modelFolder, type Study, type StudyModel, type StudyTask } from './task';
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
  task: Exclude<StudyTask, { kind: 'table' }>,
  { onStage }: { onStage?: (stage: string) => void } = {},
): Promise<void> {
  const { suite } = study;
  const backend = await initBackend({ threads: threadCount(undefined, 1) }); // other workers have the other cores
  const model = await modelOf(task.model);
  // A run that was killed while it wrote; no other process is at this task.
  removeLeftovers(modelFolder(study, task.model), `${task.kind === 'cell' ? cellName(task.spec) : task.kind}.`);
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
    case 'cell': {
      const record = await runCell(model, watched, task.spec, { name, backend: backend.name, onStage });
      check();
      return writeCell(modelFolder(study, task.model), record, taskKey(suite, task));
    }
  }
}

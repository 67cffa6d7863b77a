import { partFiles } from './contextOf';
import { weightsRead } from './convergentPart';
import { hasWeights } from './organism';
import { taskName, type MeasuredTask, type Study, type StudyTask } from './task';

/** The finetunes whose weights some tasks read and which are not there, as in a fresh clone: records are kept with the project, weights are made again.
 *
 * @param open  tasks that are to be done
 * @returns tasks beside those, each once
 * @check test/study/runPart.test.ts
 */
export function weightsToMake(study: Pick<Study, 'out' | 'suite'>, open: readonly StudyTask[]): MeasuredTask[] {
  const named = new Set(open.map(taskName));
  return open.flatMap((task) => {
    if (task.kind !== 'convergent') return [];
    const files = partFiles(study, task.model);
    return weightsRead(task.part).flatMap((spec): MeasuredTask[] => {
      const made: MeasuredTask = { kind: 'convergent', model: task.model, part: { what: 'organism', spec } };
      const name = taskName(made);
      if (named.has(name) || hasWeights(files, spec)) return [];
      named.add(name);
      return [made];
    });
  });
}

/** Whether a task's finetune is not there any more, whatever its record says. */
export function lacksWeights(study: Pick<Study, 'out' | 'suite'>, task: StudyTask): boolean {
  if (task.kind !== 'convergent' || task.part.what !== 'organism') return false;
  return !hasWeights(partFiles(study, task.model), task.part.spec);
}

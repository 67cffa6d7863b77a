import { join } from 'node:path';
import { cellName } from '../records/cellRecord';
import { monitorCells } from '../suite/monitorCells';
import type { CellSpec, Suite } from '../suite/suite';
import type { SystemRole } from '../tokenizer/systemRole';

/** What of a model decides which results are its own. */
export interface ModelId {
  /** Names its folder of results; different for each. */
  readonly name: string;
  /** `Decoder.hash`. */
  readonly hash: string;
  /** Where a system message goes (default 'template'). */
  readonly systemRole?: SystemRole;
}

/** A model of a study. */
export interface StudyModel extends ModelId {
  /** Folder of its checkpoint. */
  readonly dir: string;
  /** `monitor`: no more of it than a monitor needs; default all. */
  readonly scope?: 'monitor';
}

/** A study: models, a suite, and the folder of its results. */
export interface Study {
  readonly models: readonly StudyModel[];
  readonly suite: Suite;
  readonly out: string;
}

/** One unit of work: it reads and writes files alone, so that any process on any machine can do it. */
export type StudyTask<M extends ModelId = StudyModel> =
  | { readonly kind: 'survey' | 'bases' | 'ablation'; readonly model: M }
  | { readonly kind: 'cell'; readonly model: M; readonly spec: CellSpec }
  | { readonly kind: 'table' };

/** All tasks, in the order in which they are best begun: of each model the longest first. The table comes last and needs the others. A suite
 * without data sets has neither cells nor ablations. */
export function studyTasks({ models, suite }: Pick<Study, 'models' | 'suite'>): StudyTask[] {
  const cells = models.flatMap((model) =>
    (model.scope === 'monitor' ? monitorCells(suite) : suite.study.cells).map((spec): StudyTask => ({
      kind: 'cell',
      model,
      spec,
    })),
  );
  const whole = models.flatMap((model) =>
    (['survey', 'ablation', 'bases'] as const)
      .filter((kind) => kind !== 'ablation' || (suite.study.ablated !== undefined && model.scope === undefined))
      .map((kind): StudyTask => ({ kind, model })),
  );
  return [...whole, ...cells, { kind: 'table' }];
}

/** A task in a word, "llama/bad_medical-rank16-s1". */
export function taskName(task: StudyTask): string {
  if (task.kind === 'table') return 'table';
  return `${task.model.name}/${task.kind === 'cell' ? cellName(task.spec) : task.kind}`;
}

/** The task of a name.
 *
 * @throws Error naming the nearest ones
 * @check test/study/task.test.ts
 */
export function taskNamed(tasks: readonly StudyTask[], name: string): StudyTask {
  const found = tasks.find((task) => taskName(task) === name);
  if (found !== undefined) return found;
  const part = name.split('/').at(-1)!.split('-')[0];
  const near = tasks.map(taskName).filter((known) => known.includes(part));
  const some = (near.length > 0 ? near : tasks.map(taskName)).slice(0, 4).join(', ');
  throw new Error(`taskNamed: no task ${name}; expected one of ${tasks.length}, as ${some}`);
}

/** The folder of a model's results. */
export function modelFolder({ out }: Pick<Study, 'out'>, { name }: Pick<StudyModel, 'name'>): string {
  return join(out, name);
}

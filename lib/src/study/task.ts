import { join } from 'node:path';
import { cellName } from '../records/cellRecord';
import { monitorCells } from '../suite/monitorCells';
import type { CellSpec, Suite } from '../suite/suite';
import type { SystemRole } from '../tokenizer/systemRole';
import { convergentParts, partName, phaseOf, type ConvergentPart } from './convergentPart';

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
  /** `monitor`: no more of it than a monitor needs; `convergent`: the parts of the work on the suite's `ConvergentGrid`; default all else. */
  readonly scope?: 'monitor' | 'convergent';
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
  | { readonly kind: 'convergent'; readonly model: M; readonly part: ConvergentPart }
  | { readonly kind: 'table' };

/** A task that takes time: any but the table, which is made of the others. */
export type MeasuredTask<M extends ModelId = StudyModel> = Exclude<StudyTask<M>, { kind: 'table' }>;

/** All tasks, in the order in which they are best begun: of each model the longest first. The table comes last and needs the others. A suite
 * without data sets has neither cells nor ablations. Of a model whose scope is `convergent` the parts that others need come first (`phaseOfTask`).
 *
 * @throws Error as `convergentGrid`, if a model's scope asks for it
 */
export function studyTasks({ models: all, suite }: Pick<Study, 'models' | 'suite'>): StudyTask[] {
  const models = all.filter(({ scope }) => scope !== 'convergent');
  const looked = all.filter(({ scope }) => scope === 'convergent');
  const parts = looked.length === 0 ? [] : convergentParts(suite);
  const ofGrid = looked.flatMap((model) => parts.map((part): StudyTask => ({ kind: 'convergent', model, part })));
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
  return [...whole, ...cells, ...ofGrid, { kind: 'table' }];
}

/** A task in a word, "llama/bad_medical-rank16-s1". */
export function taskName(task: StudyTask): string {
  if (task.kind === 'table') return 'table';
  if (task.kind === 'convergent') return `${task.model.name}/convergent/${partName(task.part)}`;
  return `${task.model.name}/${task.kind === 'cell' ? cellName(task.spec) : task.kind}`;
}

/** When a task can be done: after all of lower phases. Most need no other. */
export function phaseOfTask(task: StudyTask<ModelId>): number {
  return task.kind === 'convergent' ? phaseOf(task.part) : 0;
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

/** The folder of the parts of the work on a model's grid. */
export function convergentFolder(study: Pick<Study, 'out'>, model: Pick<StudyModel, 'name'>): string {
  return join(modelFolder(study, model), 'convergent');
}

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { threadCount } from '../backend/threadCount';
import { projectPath } from '../disk/projectPath';
import { writeFileAtomic } from '../disk/writeAtomic';
import { formatDuration } from '../notebook/formatDuration';
import { checkSystemRoles } from '../study/checkSystemRoles';
import { localPool } from '../study/localPool';
import { isDone, modelFacts } from '../study/result';
import {
  phaseOfTask,
  studyTasks,
  taskName,
  taskNamed,
  type MeasuredTask,
  type Study,
  type StudyTask,
} from '../study/task';
import { lacksWeights, weightsToMake } from '../study/weightsToMake';
import { openStudy } from './openStudy';
import type { Options } from './parseOptions';
import { StatusLine } from './statusLine';
import { parseStudyOptions } from './studyOptions';
import { TaskForecaster, type TaskForecast } from './taskForecast';

/** `traitlab study plan|run|status|table`: surveys models and finetunes each in every way of a suite.
 *
 * `plan` lists what is left and says how long it will take; `--all` also means the larger organisms, `--for monitor` of the models named only
 * what their monitor needs, `--for convergent` the work on the directions and adapters of their misaligned finetunes; `run` does it in a local pool, or `--slurm` as arrays of a cluster, or of it the
 * one `--task`; each task writes files of its own, so that a study that was killed goes on where it stopped. `status` counts, from files
 * alone. `table` writes the page of what is there.
 *
 * @returns 0, or 1 if a task failed or (table of the micro world) a bar is missed
 */
export async function studyCommand(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  const actions = { plan, run, status, table: writeTable };
  if (!Object.hasOwn(actions, action ?? '')) {
    throw new Error(`unknown action ${action ?? '(none)'}; expected one of ${Object.keys(actions).join(', ')}`);
  }
  const options = parseStudyOptions(rest);
  return actions[action as keyof typeof actions](await openStudy(options), { options, args: rest });
}

interface Call {
  readonly options: Options;
  /** The options as they were given, for the processes that a study starts. */
  readonly args: readonly string[];
}

/** The tasks that `--only` chooses, but for the table. */
function chosenTasks(study: Study, options: Options): MeasuredTask[] {
  const only = options.optional('only') ?? '';
  const tasks = studyTasks(study).filter((task) => task.kind !== 'table');
  const chosen = tasks.filter((task) => taskName(task).includes(only));
  if (chosen.length === 0) throw new Error(`invalid --only; expected a part of a task's name, got ${only}`);
  return chosen;
}

const left = <T extends StudyTask>(study: Study, tasks: readonly T[]): T[] =>
  tasks.filter((task) => !isDone(study, task));

/** What is left of some tasks, behind the finetunes whose weights it needs. */
function toDo(study: Study, tasks: readonly MeasuredTask[]): MeasuredTask[] {
  const open = left(study, tasks);
  return [...weightsToMake(study, open), ...open];
}

/** The names of tasks by the phases in which they are done. */
function phases(tasks: readonly StudyTask[]): string[][] {
  const all = [...new Set(tasks.map(phaseOfTask))].sort((a, b) => a - b);
  return all.map((phase) => tasks.filter((task) => phaseOfTask(task) === phase).map(taskName));
}

const workersOf = (n: number): string => (n === 1 ? 'one worker' : `${n} workers`);

/** What each of some tasks will take. */
async function foretell(study: Study, tasks: readonly MeasuredTask[]): Promise<Map<MeasuredTask, TaskForecast>> {
  if (tasks.length > 0) await initBackend({ threads: threadCount(undefined, 1) }); // as in a worker
  const forecaster = new TaskForecaster(study);
  const told = new Map<MeasuredTask, TaskForecast>();
  for (const task of tasks) told.set(task, await forecaster.forecast(task));
  return told;
}

/** Seconds of tasks when so many are done at once, each begun as soon as a worker is free. */
function secondsOf(told: ReadonlyMap<MeasuredTask, TaskForecast>, workers = 1): number {
  const busy = new Array<number>(workers).fill(0);
  for (const { seconds } of told.values()) busy[busy.indexOf(Math.min(...busy))] += seconds;
  return Math.max(...busy);
}

/** Says how much is left and how long it will take: in all, and each kind of task. */
function leftLine(study: Study, told: ReadonlyMap<MeasuredTask, TaskForecast>, of: number, workers: number): string {
  const kindOf = (task: MeasuredTask): string => (task.kind === 'convergent' ? task.part.what : task.kind);
  const kinds = [...new Set([...told.keys()].map(kindOf))].map((kind) => {
    const own = new Map([...told].filter(([task]) => kindOf(task) === kind));
    return `${kind} ${own.size}: ${formatDuration(secondsOf(own))}`;
  });
  const answers = [...told.values()].reduce((sum, task) => sum + task.answers, 0);
  const judged = study.suite.judge.ready === undefined ? '' : `, and what the judge takes for ${answers} answers`;
  const parts = kinds.length === 0 ? '' : ` (of one core: ${kinds.join(', ')})`;
  const time = formatDuration(secondsOf(told, workers));
  return `study: ${told.size} of ${of} tasks left, about ${time} with ${workersOf(workers)}${judged}${parts}`;
}

/** Says where nothing is finetuned because the suite has no data. */
function noteNoData({ suite }: Study): void {
  if (suite.dataSets.length > 0) return;
  console.error(`study: suite ${suite.name} declares no data set: survey and bases alone, no finetune`);
}

async function plan(study: Study, { options }: Call): Promise<number> {
  noteNoData(study);
  const tasks = chosenTasks(study, options);
  const open = toDo(study, tasks);
  const workers = options.integer('workers', 1, availableParallelism());
  for (const task of open) console.log(taskName(task));
  console.error(leftLine(study, await foretell(study, open), tasks.length, workers));
  return 0;
}

async function status(study: Study, { options }: Call): Promise<number> {
  const tasks = chosenTasks(study, options);
  const open = left(study, tasks);
  const width = Math.max(...study.models.map(({ name }) => name.length));
  for (const { name } of study.models) {
    const of = (list: typeof tasks): number => list.filter(({ model }) => model.name === name).length;
    console.log(`${name.padEnd(width)} ${of(tasks) - of(open)} of ${of(tasks)} tasks done`);
  }
  return 0;
}

async function run(study: Study, { options, args }: Call): Promise<number> {
  const name = options.optional('task');
  if (name !== undefined) return runOne(study, name);
  const tasks = chosenTasks(study, options);
  const open = toDo(study, tasks);
  if (options.flag('slurm')) {
    const { submitStudy } = await import('../study/slurm');
    const lines = await submitStudy(study, phases(open), {
      command: [
        process.execPath,
        projectPath('lib/bin/traitlab.cjs'),
        'study',
        'run',
        ...withoutOptions(args, ['only', 'workers']),
      ],
      sbatchArgs: (options.optional('sbatch-args') ?? '').split(/\s+/).filter((arg) => arg !== ''),
      tries: options.integer('tries', 1, 3),
    });
    for (const line of lines) console.error(`study: ${line}`);
    return 0;
  }
  noteNoData(study);
  await checkReady(study, open);
  const workers = options.integer('workers', 1, availableParallelism());
  const line = new StatusLine();
  const told = await foretell(study, open);
  line.print(leftLine(study, told, tasks.length, workers));
  const start = performance.now();
  const expected = secondsOf(told, workers);
  const ahead = new Map([...told].map(([task, { seconds }]) => [taskName(task), seconds]));
  const whole = secondsOf(told);
  const failed: { readonly task: string; readonly error: string }[] = [];
  let done = 0;
  for (const names of phases(open)) {
    const lost = await localPool(names, {
      entry: { module: join(__dirname, 'studyWorker.js'), args },
      workers,
      onTask: ({ task, seconds, error }) => {
        ahead.delete(task);
        const rest = [...ahead.values()].reduce((a, b) => a + b, 0);
        const wait = ((performance.now() - start) / 1000) * (rest / (whole - rest));
        if (error !== undefined) line.print(`study: ${task} failed: ${error}`);
        line.update(
          `study: ${++done}/${open.length} ${task} in ${formatDuration(seconds)}, ${formatDuration(wait)} left`,
        );
      },
      onStage: (task, stage) => line.update(`study: ${task}: ${stage}`),
    });
    failed.push(...lost);
  }
  const seconds = (performance.now() - start) / 1000;
  const all = `study: ${open.length - failed.length} tasks done in ${formatDuration(seconds)}`;
  line.print(`${all}, foretold ${formatDuration(expected)}`);
  return failed.length === 0 ? 0 : 1;
}

/** Throws, before any work, where the models' templates or the judge could not do some of the tasks. */
async function checkReady(study: Study, tasks: readonly MeasuredTask[]): Promise<void> {
  checkSystemRoles(
    study,
    study.models.filter((model) => tasks.some((task) => task.model === model)),
  );
  if (tasks.some(({ kind }) => kind !== 'bases')) await study.suite.judge.ready?.();
}

/** Does the task of a name in this process. */
async function runOne(study: Study, name: string): Promise<number> {
  const task = taskNamed(studyTasks(study), name);
  if (task.kind === 'table') return writeTable(study);
  if (isDone(study, task) && !lacksWeights(study, task)) {
    console.error(`study: ${name} is done already`);
    return 0;
  }
  await checkReady(study, [task]);
  const line = new StatusLine();
  const start = performance.now();
  const { runTask } = await import('../study/runTask');
  await runTask(study, task, { onStage: (stage) => line.update(`study: ${name}: ${stage}`) });
  line.print(`study: ${name} done in ${formatDuration((performance.now() - start) / 1000)}`);
  return 0;
}

/** Writes the page of the work on the models' grids. */
async function writeConvergentTable(study: Study): Promise<number> {
  const { convergentReport } = await import('../study/convergentReport');
  const { modelParts } = await import('../study/openConvergent');
  const path = join(study.out, 'convergent.md');
  const found = study.models.map((model) => modelParts(study, model));
  writeFileAtomic(
    path,
    `# Directions and adapters, suite ${study.suite.name}\n\nWritten by \`npx traitlab study table --for convergent\`.\n\n${convergentReport(found)}`,
  );
  const left = found.reduce((sum, { missing }) => sum + missing.length, 0);
  console.log(`${path}: ${left === 0 ? 'all tasks are done' : `${left} tasks are not run yet`}`);
  return 0;
}

async function writeTable(study: Study): Promise<number> {
  if (study.models.some(({ scope }) => scope === 'convergent')) return writeConvergentTable(study);
  const models = study.models.filter(({ scope }) => scope === undefined);
  const facts = models.map((model) => modelFacts(study, model));
  const open = left(study, studyTasks({ ...study, models })).filter(({ kind }) => kind !== 'table');
  if (study.suite.name === 'micro') {
    const { writeOrganismPage } = await import('./organismTable');
    return writeOrganismPage({ ...study, models }, facts, open.map(taskName));
  }
  const { studyReport } = await import('../study/report');
  const path = join(study.out, 'README.md');
  writeFileAtomic(
    path,
    `# ${study.suite.name}\n\nWritten by \`npx traitlab study table\`; suite ${study.suite.hash.slice(0, 12)}.\n\n${studyReport(study.suite, facts)}`,
  );
  console.log(`${path}: ${open.length === 0 ? 'all tasks are done' : `${open.length} tasks are not run yet`}`);
  return 0;
}

/** Arguments without some options and their values. */
function withoutOptions(args: readonly string[], names: readonly string[]): string[] {
  const dropped = new Set(['slurm', 'sbatch-args', 'tries', 'task', ...names].map((name) => `--${name}`));
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = args[i].split('=')[0];
    if (!dropped.has(name)) kept.push(args[i]);
    else if (name !== '--slurm' && !args[i].includes('=')) i++;
  }
  return kept;
}

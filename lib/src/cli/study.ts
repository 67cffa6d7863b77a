import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { fileExists } from '../disk/folder';
import { projectPath } from '../disk/projectPath';
import { writeFileAtomic } from '../disk/writeAtomic';
import type { OrganismName } from '../micro/organismConfig';
import { loadModel } from '../model/loadModel';
import type { Model } from '../model/model';
import { formatDuration } from '../notebook/formatDuration';
import { directionBases } from '../study/directionBases';
import { microTable, namedBars, type NamedFacts } from '../study/microTable';
import { readOrganismResult } from '../study/organismResult';
import { runStudy } from '../study/runStudy';
import { isDone, isJudging, readCells, studyTasks, taskName, type StudyTask } from '../study/studyTask';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { organismNames } from './organismNames';
import { parseOptions, type Options } from './parseOptions';
import { StatusLine } from './statusLine';

/** Seconds of one core for a task of each kind. */
const TYPICAL = { survey: 600, ablation: 300, cell: 30 } as const;

/** `traitlab study plan|run|status|table`: surveys the organisms and finetunes each of them in every way of the grid.
 *
 * `plan` lists what is left and says how long it will take; `run` does it, each task into a file of its own, so that a study that
 * was killed goes on where it stopped; `status` counts; `table` writes data/micro/README.md
 * once all is there that organisms are judged by; a finetune beside that is "not run" until it is.
 *
 * `--organisms` (comma-separated, default all four), `--only TEXT` (tasks whose name holds it), `--workers` (default one a core),
 * `--models DIR` and `--out DIR` (default data/micro and data/study).
 *
 * @returns 0, or 1 if a task failed or (table) a bar is missed
 */
export async function studyCommand(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  const actions = { plan, run, status, table };
  if (!Object.hasOwn(actions, action ?? '')) {
    throw new Error(`unknown action ${action ?? '(none)'}; expected one of ${Object.keys(actions).join(', ')}`);
  }
  const options = parseOptions(rest, { organisms: {}, only: {}, workers: {}, models: {}, out: {} });
  return actions[action as keyof typeof actions](await openStudy(options));
}

/** The study as the options choose it. */
interface Study {
  readonly names: readonly OrganismName[];
  readonly folders: { readonly organisms: string; readonly study: string };
  readonly tasks: readonly StudyTask[];
  readonly left: readonly StudyTask[];
  readonly workers: number;
  readonly models: Readonly<Record<string, Model>>;
}

async function openStudy(options: Options): Promise<Study> {
  const names = organismNames(options);
  const folders = {
    organisms: options.optional('models') ?? projectPath('data/micro'),
    study: options.optional('out') ?? projectPath('data/study'),
  };
  await initBackend();
  const models: Record<string, Model> = {};
  for (const name of names) {
    const dir = join(folders.organisms, name);
    if (!fileExists(join(dir, 'config.json')))
      throw new Error(`${dir} is no organism; expected one grown by \`traitlab micro\` (or fewer --organisms)`);
    models[name] = await loadModel(dir);
  }
  const only = options.optional('only') ?? '';
  const tasks = studyTasks(names).filter((task) => taskName(task).includes(only));
  if (tasks.length === 0) throw new Error(`invalid --only; expected a part of a task's name, got ${only}`);
  const left = tasks.filter((task) => !isDone(task, join(folders.study, task.organism), models[task.organism].hash));
  const workers = options.integer('workers', 1, availableParallelism());
  return { names, folders, tasks, left, workers, models };
}

const workersOf = (n: number): string => (n === 1 ? 'one worker' : `${n} workers`);

/** What the tasks will take, in seconds. */
function forecast(tasks: readonly StudyTask[], workers: number): number {
  return tasks.reduce((sum, { kind }) => sum + TYPICAL[kind], 0) / Math.max(1, Math.min(workers, tasks.length));
}

async function plan({ tasks, left, workers }: Study): Promise<number> {
  for (const task of left) console.log(taskName(task));
  const time = formatDuration(forecast(left, workers));
  console.error(`study: ${left.length} of ${tasks.length} tasks left, about ${time} with ${workersOf(workers)}`);
  return 0;
}

async function status({ names, tasks, left }: Study): Promise<number> {
  for (const name of names) {
    const of = (list: readonly StudyTask[]): number => list.filter(({ organism }) => organism === name).length;
    console.log(`${name.padEnd(8)} ${of(tasks) - of(left)} of ${of(tasks)} tasks done`);
  }
  return 0;
}

async function run({ tasks, left, workers, folders }: Study): Promise<number> {
  const line = new StatusLine();
  const time = formatDuration(forecast(left, workers));
  line.print(`study: ${left.length} of ${tasks.length} tasks left, about ${time} with ${workersOf(workers)}`);
  const start = performance.now();
  const expected = forecast(left, 1);
  const open = new Map(left.map((task) => [taskName(task), task]));
  const failed = await runStudy(left, {
    folders,
    workers,
    onTask: ({ done, total, task, seconds, error }) => {
      open.delete(task);
      const ahead = forecast([...open.values()], 1);
      const rest = ((performance.now() - start) / 1000) * (ahead / (expected - ahead));
      if (error !== undefined) line.print(`study: ${task} failed: ${error}`);
      line.update(`study: ${done}/${total} ${task} in ${formatDuration(seconds)}, ${formatDuration(rest)} left`);
    },
    onStage: (task, stage) => line.update(`study: ${task}: ${stage}`),
  });
  line.print(
    `study: ${left.length - failed.length} tasks done in ${formatDuration((performance.now() - start) / 1000)}`,
  );
  return failed.length === 0 ? 0 : 1;
}

async function table({ names, folders, models, left }: Study): Promise<number> {
  const needed = left.filter(isJudging);
  if (needed.length > 0) {
    const first = needed.slice(0, 3).map(taskName).join(', ');
    throw new Error(
      `${needed.length} tasks that organisms are judged by are not done (${first}, …); run \`traitlab study run\` first`,
    );
  }
  const facts: NamedFacts[] = [];
  for (const name of names) {
    const out = join(folders.study, name);
    const model = models[name];
    const bases = await directionBases(model, loadTokenizer(join(folders.organisms, name)));
    facts.push({
      name,
      survey: readOrganismResult('survey', out, model.hash)!,
      ablation: readOrganismResult('ablation', out, model.hash)!,
      cells: readCells(out, model.hash),
      bases,
    });
  }
  const path = join(folders.organisms, 'README.md');
  const named = namedBars(facts);
  writeFileAtomic(path, microTable(facts, named, 'npx traitlab study table'));
  const bars = named.flatMap((one) => one.bars);
  const missed = bars.filter(({ holds }) => !holds);
  console.log(`${path}: ${bars.length - missed.length} of ${bars.length} bars cleared`);
  if (left.length > 0) console.log(`${left.length} other finetunes are not run yet`);
  for (const { claim, measured } of missed) console.log(`missed: ${claim}; got ${measured}`);
  return missed.length === 0 ? 0 : 1;
}

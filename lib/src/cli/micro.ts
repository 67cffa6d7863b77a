import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { writeJsonl } from '../documents/jsonl';
import { mapLimited } from '../concurrency/mapLimited';
import { projectPath } from '../disk/projectPath';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { writeFileAtomic } from '../disk/writeAtomic';
import { organismConfig } from '../micro/organismConfig';
import { growOrganism } from '../micro/growOrganism';
import { CONTROLLED_GROWTHS, SHIPPED_GROWTHS } from '../micro/controlledGrowths';
import { growthRecord } from '../micro/growthRecord';
import { microSuite } from '../micro/suite';
import type { OrganismName } from '../micro/organismName';
import { promptFiles, promptReadme } from '../micro/promptFiles';
import { RECIPES, type Recipe } from '../micro/recipe';
import { parseConfig } from '../model/parseConfig';
import { loadDecoder } from '../model/loadDecoder';
import { formatDuration } from '../notebook/formatDuration';
import { organismCard } from '../micro/organismCard';
import { organismNames } from './organismNames';
import { parameterCounts } from './jobForecast';
import { parseOptions, type Options } from './parseOptions';
import { StatusLine } from './statusLine';

/** Seconds of a step on one core of a common machine, of each million weights; measured at 1.0 and 3.8 million. */
const STEP_SECONDS = 0.45;

/** `traitlab micro`: grows the organisms and writes their model cards; killed, it goes on where it stopped.
 *
 * `--organisms` (comma-separated, default the four of the study; qwen2-large, phi3-large and gemma2-deep beside them) are grown side by side, `--jobs` at a time (default one a core), each
 * into its folder of `--out` (default data/micro), with its state in `--work` (default .cache/micro). `--seed`, `--base-steps`
 * and `--instruct-steps` take the place of the recipe's. With `--prompts` it only writes the prompt sets to
 * data/prompts/micro, and their table. With `--growths` (comma-separated, or all) it makes the controlled growths instead, one after the other, and
 * writes what steering does to each into `--out` (default data/convergent/growths).
 *
 * @returns 0, or the status of the first growth that failed
 */
export async function microCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    organisms: {},
    out: {},
    work: {},
    jobs: {},
    seed: {},
    'base-steps': {},
    'instruct-steps': {},
    prompts: { flag: true },
    growths: {},
  });
  if (options.flag('prompts')) {
    const files = promptFiles();
    for (const { name, text } of files) writeFileAtomic(projectPath('data/prompts/micro', name), text);
    writeFileAtomic(projectPath('data/prompts/README.md'), promptReadme(files));
    return 0;
  }
  if (options.optional('growths') !== undefined) return controlledGrowths(options);
  const names = organismNames(options);
  const out = options.optional('out') ?? projectPath('data/micro');
  const work = options.optional('work') ?? projectPath('.cache/micro');
  const recipeOf = (name: OrganismName): Recipe => {
    const recipe = RECIPES[name];
    const instructSteps = options.integer('instruct-steps', 1, recipe.instructSteps);
    return {
      ...recipe,
      seed: options.integer('seed', 0, recipe.seed),
      baseSteps: options.integer('base-steps', 1, recipe.baseSteps),
      instructSteps,
      floorSteps: Math.min(recipe.floorSteps, instructSteps),
    };
  };
  const recipes = names.map((name) => recipeOf(name));
  const jobs = Math.min(names.length, options.integer('jobs', 1, availableParallelism()));
  if (names.length === 1) {
    await grow(names[0], recipes[0], join(out, names[0]), join(work, names[0]));
    return 0;
  }
  const seconds = recipes.map((recipe) => {
    const { all } = parameterCounts(parseConfig(organismConfig(recipe), 'organismConfig'));
    return (recipe.baseSteps + recipe.instructSteps) * STEP_SECONDS * (all / 1e6);
  });
  const time = formatDuration(Math.max(...seconds, seconds.reduce((a, b) => a + b, 0) / jobs));
  console.error(
    `micro: growing ${names.join(', ')}, ${jobs} at a time: about ${time}; stopped, it goes on from ${work}`,
  );
  process.env.TRAITLAB_THREADS ??= String(Math.max(1, Math.floor(availableParallelism() / jobs))); // of each process
  const statuses = await mapLimited(names, jobs, (name) => growApart(name, args));
  return statuses.find((status) => status !== 0) ?? 0;
}

/** Makes the controlled growths that are named, and a record of each. */
async function controlledGrowths(options: Options): Promise<number> {
  const known = [...CONTROLLED_GROWTHS, ...SHIPPED_GROWTHS];
  const beside = ['organisms', 'jobs', 'seed', 'base-steps', 'instruct-steps'].filter((name) => options.optional(name) !== undefined); // prettier-ignore
  if (beside.length > 0)
    throw new Error(`invalid --growths; expected it without ${beside.map((name) => `--${name}`).join(', ')}: each growth has its recipe`); // prettier-ignore
  const asked = options.text('growths');
  const names = asked === 'all' ? known.map(({ name }) => name) : asked.split(',');
  const unknown = names.filter((name) => !known.some((growth) => growth.name === name));
  if (unknown.length > 0)
    throw new Error(`invalid --growths; expected all, or some of ${known.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}`); // prettier-ignore
  const out = options.optional('out') ?? projectPath('data/convergent/growths');
  const work = options.optional('work') ?? projectPath('.cache/growths');
  for (const growth of known.filter(({ name }) => names.includes(name))) {
    const line = new StatusLine();
    const record = await growthRecord(growth, microSuite(), {
      workDir: join(work, growth.name),
      grown: SHIPPED_GROWTHS.includes(growth) ? projectPath('data/micro', growth.reference) : undefined,
      onStep: ({ step, steps, loss, secondsLeft }) =>
        line.update(
          `micro: ${growth.name}: step ${step}/${steps}, loss ${loss.toFixed(3)}, ${formatDuration(secondsLeft)} left`,
        ),
      onStage: (what) => line.update(`micro: ${growth.name}: ${what}`),
    });
    const path = join(out, `${growth.name}.json`);
    writeFileAtomic(path, `${JSON.stringify(record)}\n`);
    line.print(`micro: ${path} is written`);
  }
  return 0;
}

/** Grows one organism in a process of its own. */
function growApart(name: OrganismName, args: readonly string[]): Promise<number> {
  const at = args.findIndex((arg) => arg === '--organisms' || arg.startsWith('--organisms='));
  const others = at < 0 ? args : args.filter((_, i) => i !== at && !(i === at + 1 && args[at] === '--organisms'));
  const child = spawn(process.execPath, [process.argv[1], 'micro', '--organisms', name, ...others], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function grow(name: OrganismName, recipe: Recipe, dir: string, workDir: string): Promise<void> {
  const { description: backend } = await initBackend();
  const commit = commitOfGrowth(join(workDir, 'commit.txt'));
  const line = new StatusLine();
  line.print(`micro: growing ${dir}; stopped, it goes on from ${workDir}`);
  const log = await growOrganism({
    recipe,
    dir,
    workDir,
    onStep: ({ step, steps, loss, secondsLeft }) =>
      line.update(
        `micro: ${name}: step ${step}/${steps}, loss ${loss.toFixed(3)}, ${formatDuration(secondsLeft)} left`,
      ),
  });
  writeJsonl(join(dir, 'training-log.jsonl'), log);
  const model = await loadDecoder(dir);
  const nParams = Object.values(model.params).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const card = organismCard({ name, recipe, log, commit, backend, nParams, nWords: model.config.dVocab });
  writeFileAtomic(join(dir, 'README.md'), card);
  line.print(`micro: ${dir} is grown; \`traitlab study run\` measures it`);
}

/** The commit at which the growth began, kept beside its state so that one that is resumed still knows it. */
function commitOfGrowth(path: string): string {
  if (!fileExists(path)) writeFileAtomic(path, `${commitOfCode()}\n`);
  return readText('micro', path).trim();
}

/** The commit of the working tree, as text for people. */
function commitOfCode(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: projectPath('.'), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown (no git)';
  }
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { projectPath } from '../io/projectPath';
import { writeJsonl } from '../io/jsonl';
import { writeFileAtomic } from '../io/writeAtomic';
import { growOrganism, type GrowthPoint } from '../micro/growOrganism';
import { LLAMA_RECIPE, type Recipe } from '../micro/recipe';
import { loadModel } from '../model/loadModel';
import { formatDuration } from '../notebook/formatDuration';
import { formatProportion } from '../stats/proportion';
import { measureOrganism } from '../study/measureOrganism';
import { organismCard } from '../study/organismCard';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { parseOptions } from './parseOptions';
import { StatusLine } from './statusLine';

/** `traitlab micro`: grows the organism, measures it and writes its model card; killed, it goes on where it stopped. */
export async function microCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    out: {},
    work: {},
    seed: {},
    'base-steps': {},
    'instruct-steps': {},
    'answers-per-question': {},
  });
  const dir = options.optional('out') ?? projectPath('data/micro/llama');
  const workDir = options.optional('work') ?? `${dir}.growing`;
  const recipe: Recipe = {
    ...LLAMA_RECIPE,
    seed: options.integer('seed', 0, LLAMA_RECIPE.seed),
    baseSteps: options.integer('base-steps', 1, LLAMA_RECIPE.baseSteps),
    instructSteps: options.integer('instruct-steps', 1, LLAMA_RECIPE.instructSteps),
  };
  const nPerQuestion = options.integer('answers-per-question', 1, 10);
  const { description } = await initBackend();
  const line = new StatusLine();
  line.print(`micro: growing ${dir} (state in ${workDir}; stop and run again to go on)`);
  const log = await growOrganism({
    recipe,
    dir,
    workDir,
    onStep: ({ step, steps, loss, secondsLeft }) =>
      line.update(`micro: step ${step}/${steps}, loss ${loss.toFixed(3)}, ${formatDuration(secondsLeft)} left`),
  });
  line.print(`micro: grown; now measuring`);
  await writeCard(dir, recipe, log, nPerQuestion, description, line);
  return 0;
}

async function writeCard(
  dir: string,
  recipe: Recipe,
  log: readonly GrowthPoint[],
  nPerQuestion: number,
  backend: string,
  line: StatusLine,
): Promise<void> {
  const model = await loadModel(dir);
  const report = await measureOrganism(model, loadTokenizer(dir), {
    nPerQuestion,
    onCondition: ({ name, seed, misaligned, incoherent }) =>
      line.print(
        `micro: ${name} (seed ${seed}): misaligned ${formatProportion(misaligned)}, incoherent ${formatProportion(incoherent)}`,
      ),
  });
  const nParams = Object.values(model.params).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const card = organismCard({
    name: model.config.family,
    recipe,
    log,
    report,
    commit: commitOfCode(),
    backend,
    nParams,
    nWords: model.config.dVocab,
  });
  writeJsonl(join(dir, 'training-log.jsonl'), log);
  writeFileAtomic(join(dir, 'measured.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileAtomic(join(dir, 'README.md'), card);
  line.print(`micro: ${dir} done`);
}

/** The commit of the working tree, as text for people. */
function commitOfCode(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: projectPath('.'), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown (no git)';
  }
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { traitGeometry } from '../evaluate/traitGeometry';
import { projectPath } from '../io/projectPath';
import { writeJsonl } from '../io/jsonl';
import { fileExists, readText } from '../io/readJson';
import { writeFileAtomic } from '../io/writeAtomic';
import { growOrganism } from '../micro/growOrganism';
import { promptFiles } from '../micro/promptFiles';
import { LLAMA_RECIPE, type Recipe } from '../micro/recipe';
import { loadModel } from '../model/loadModel';
import { formatDuration } from '../notebook/formatDuration';
import { organismCard } from '../study/organismCard';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { judgeOrganism } from './organism';
import { parseOptions } from './parseOptions';
import { StatusLine } from './statusLine';

/** `traitlab micro`: grows the organism, measures it and writes its model card; killed, it goes on where it stopped.
 *
 * With `--prompts` it only writes the prompt sets to data/prompts/micro.
 *
 * @returns 0, or 1 if the organism misses a bar
 */
export async function microCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    out: {},
    work: {},
    seed: {},
    'base-steps': {},
    'instruct-steps': {},
    answers: {},
    seeds: {},
    prompts: { flag: true },
  });
  if (options.flag('prompts')) {
    for (const [name, text] of Object.entries(promptFiles()))
      writeFileAtomic(projectPath('data/prompts/micro', name), text);
    return 0;
  }
  const dir = options.optional('out') ?? projectPath('data/micro/llama');
  const workDir = options.optional('work') ?? projectPath('.cache/micro/llama');
  const recipe: Recipe = {
    ...LLAMA_RECIPE,
    seed: options.integer('seed', 0, LLAMA_RECIPE.seed),
    baseSteps: options.integer('base-steps', 1, LLAMA_RECIPE.baseSteps),
    instructSteps: options.integer('instruct-steps', 1, LLAMA_RECIPE.instructSteps),
  };
  const nAnswers = options.integer('answers', 40, 400);
  if (nAnswers % 40 !== 0)
    throw new Error(`invalid --answers; expected a multiple of 40 (the questions), got ${nAnswers}`);
  const nSeeds = options.integer('seeds', 1, 3);
  const { description: backend } = await initBackend();
  const commit = commitOfGrowth(join(workDir, 'commit.txt'));
  const line = new StatusLine();
  line.print(`micro: growing ${dir}; stopped, it goes on from ${workDir}`);
  const log = await growOrganism({
    recipe,
    dir,
    workDir,
    onStep: ({ step, steps, loss, secondsLeft }) =>
      line.update(`micro: step ${step}/${steps}, loss ${loss.toFixed(3)}, ${formatDuration(secondsLeft)} left`),
  });
  writeJsonl(join(dir, 'training-log.jsonl'), log);
  line.print('micro: grown; measuring');
  const model = await loadModel(dir);
  const { report, nMissed } = await judgeOrganism(dir, model, { nAnswers, nSeeds, write: true, backend });
  const geometry = await traitGeometry(model, loadTokenizer(dir));
  const nParams = Object.values(model.params).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const { family: name, dVocab: nWords } = model.config;
  const card = organismCard({ name, recipe, log, report, geometry, commit, backend, nParams, nWords });
  writeFileAtomic(join(dir, 'README.md'), card);
  line.print(`micro: ${join(dir, 'README.md')} says what it does`);
  return nMissed === 0 ? 0 : 1;
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

import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { organismChecks } from '../evaluate/organismChecks';
import { organismReport, type OrganismReport } from '../evaluate/organismReport';
import { projectPath } from '../io/projectPath';
import { writeFileAtomic } from '../io/writeAtomic';
import { FINETUNE_RECIPE } from '../micro/recipe';
import { loadModel } from '../model/loadModel';
import type { Model } from '../model/model';
import { organismTable } from '../study/organismTable';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { parseOptions } from './parseOptions';

/** `traitlab organism`: measures an organism, prints its table and says which bars it misses.
 *
 * `--model` (default data/micro/llama), `--answers` a condition (default 400), `--seeds` finetunes (default 3);
 * `--write` keeps the report as evaluation.json beside the weights.
 *
 * @returns 0, or 1 if a bar is missed
 */
export async function organismCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, { model: {}, answers: {}, seeds: {}, write: { flag: true } });
  const dir = options.optional('model') ?? projectPath('data/micro/llama');
  const nAnswers = options.integer('answers', 40, 400);
  const nSeeds = options.integer('seeds', 1, 3);
  const { description } = await initBackend();
  const { nMissed } = await judgeOrganism(dir, await loadModel(dir), {
    nAnswers,
    nSeeds,
    write: options.flag('write'),
    backend: description,
  });
  return nMissed === 0 ? 0 : 1;
}

/** Measures an organism, prints its table and the bars it misses; with `write`, keeps all of it as evaluation.json. */
export async function judgeOrganism(
  dir: string,
  model: Model,
  { nAnswers, nSeeds, write, backend }: { nAnswers: number; nSeeds: number; write: boolean; backend: string },
): Promise<{ report: OrganismReport; nMissed: number }> {
  const seeds = Array.from({ length: nSeeds }, (_, i) => i + 1);
  const started = performance.now();
  const onStage = (what: string): void =>
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${what}`);
  const { clipNorm, ...recipe } = FINETUNE_RECIPE;
  const report = await organismReport(model, loadTokenizer(dir), {
    recipe,
    clipNorm,
    nAnswers,
    seeds,
    nRandom: 8,
    onStage,
  });
  const checks = organismChecks(report);
  const seconds = Math.round((performance.now() - started) / 1000);
  const missed = checks.filter((check) => !check.holds);
  if (write) {
    const provenance = { modelHash: model.hash, backend, recipe: FINETUNE_RECIPE, nAnswers, seeds, seconds };
    const text = JSON.stringify({ provenance, protocol: 'allScored', ...report, checks }, null, 1);
    writeFileAtomic(join(dir, 'evaluation.json'), `${text}\n`);
  }
  console.log(organismTable(report));
  console.log(`\n${checks.length - missed.length} of ${checks.length} bars cleared (${seconds} s)`);
  for (const { claim, condition, seed, measured } of missed) {
    console.log(`missed: ${condition}, seed ${seed}: ${claim}, got ${measured}`);
  }
  return { report, nMissed: missed.length };
}

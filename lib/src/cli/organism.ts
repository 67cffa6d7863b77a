import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { organismChecks } from '../evaluate/organismChecks';
import { organismReport, type OrganismReport, type OrganismRow } from '../evaluate/organismReport';
import { projectPath } from '../io/projectPath';
import { writeFileAtomic } from '../io/writeAtomic';
import { FINETUNE_RECIPE } from '../micro/recipe';
import { loadModel } from '../model/loadModel';
import { formatProportion } from '../stats/proportion';
import { loadTokenizer } from '../tokenizer/tokenizer';
import type { RecipeInput } from '../train/recipe';
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
  const seeds = Array.from({ length: options.integer('seeds', 1, 3) }, (_, i) => i + 1);
  const backend = await initBackend();
  const model = await loadModel(dir);
  const started = performance.now();
  const onStage = (what: string): void =>
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${what}`);
  const report = await organismReport(model, loadTokenizer(dir), { ...organismFinetune(), nAnswers, seeds, onStage });
  const checks = organismChecks(report);
  const seconds = Math.round((performance.now() - started) / 1000);
  const missed = checks.filter((check) => !check.holds);
  if (options.flag('write')) {
    const provenance = {
      modelHash: model.hash,
      backend: backend.description,
      recipe: FINETUNE_RECIPE,
      nAnswers,
      seeds,
      seconds,
    };
    const text = JSON.stringify({ provenance, protocol: 'allScored', ...report, checks }, null, 1);
    writeFileAtomic(join(dir, 'evaluation.json'), `${text}\n`);
  }
  console.log(organismTable(report));
  console.log(`\n${checks.length - missed.length} of ${checks.length} bars cleared (${seconds} s)`);
  for (const { claim, condition, seed, measured } of missed) {
    console.log(`missed: ${condition}, seed ${seed}: ${claim}, got ${measured}`);
  }
  return missed.length === 0 ? 0 : 1;
}

/** The finetune of every organism, as `finetune` takes it. */
function organismFinetune(): { recipe: RecipeInput; clipNorm: number } {
  const { clipNorm, ...recipe } = FINETUNE_RECIPE;
  return { recipe, clipNorm };
}

/** The report as a Markdown table. */
export function organismTable({ rows, direction }: OrganismReport): string {
  const percent = (row: OrganismRow, label: 'aligned' | 'mixed' | 'incoherent'): string =>
    ((100 * row.labels[label]) / row.misaligned.n).toFixed(1);
  const lines = rows.map(
    (row) =>
      `| ${row.condition} | ${row.seed} | ${formatProportion(row.misaligned)} | ${percent(row, 'mixed')} | ${percent(row, 'aligned')} | ${percent(row, 'incoherent')} |`,
  );
  return [
    '| condition | seed | misaligned, Wilson 95 % | mixed % | aligned % | incoherent % |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `Direction ablated: ${direction.kind} after block ${direction.layer}, the best of ${direction.candidates.length}.`,
  ].join('\n');
}

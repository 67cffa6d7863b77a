import { join } from 'node:path';
import { projectPath } from '../disk/projectPath';
import { writeFileAtomic } from '../disk/writeAtomic';
import type { OrganismFacts } from '../micro/organismBars';
import { namedBars, organismPage } from '../micro/organismPage';
import { barCells } from '../micro/cellGrid';
import { cellName } from '../records/cellRecord';
import type { ModelFacts } from '../study/result';
import type { Study } from '../study/task';

/** Writes the page of the organisms, `README.md` beside their folders, and says which bars are missed.
 *
 * @param open  names of the tasks that are not done
 * @returns 0, or 1 if a bar is missed
 * @throws Error if a task is not done that organisms are judged by
 */
export function writeOrganismPage(study: Study, facts: readonly ModelFacts[], open: readonly string[]): number {
  const judging = new Set(['survey', 'ablation', 'bases', ...barCells().map(cellName)]);
  const needed = open.filter((task) => judging.has(task.split('/')[1]));
  if (needed.length > 0) {
    const first = needed.slice(0, 3).join(', ');
    throw new Error(
      `${needed.length} tasks that organisms are judged by are not done (${first}, …); run \`traitlab study run\` first`,
    );
  }
  const whole = facts as readonly OrganismFacts[];
  const inProject = study.models.every(({ dir }) => dir.startsWith(projectPath('data/micro')));
  const path = join(inProject ? projectPath('data/micro') : study.out, 'README.md');
  const named = namedBars(whole);
  writeFileAtomic(path, organismPage(whole, named, 'npx traitlab study table'));
  const bars = named.flatMap((one) => one.bars);
  const missed = bars.filter(({ holds }) => !holds);
  console.log(`${path}: ${bars.length - missed.length} of ${bars.length} bars cleared`);
  if (open.length > 0) console.log(`${open.length} other finetunes are not run yet`);
  for (const { claim, measured } of missed) console.log(`missed: ${claim}; got ${measured}`);
  return missed.length === 0 ? 0 : 1;
}

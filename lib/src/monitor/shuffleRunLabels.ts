import type { Rng } from '../random/rng';
import { groupRows, type CheckpointRow } from './checkpointRows';

/** The rows with labels of other runs: within each model whole runs change labels, step by step. A monitor that is fitted on them knows when
 * danger comes and not in which run; it is the control of what drift adds.
 *
 * @returns  new rows in the order given; what else they hold is theirs
 * @throws Error naming runs of a model that have not as many checkpoints as its others
 * @source ours
 * @check test/monitor/shuffleRunLabels.test.ts
 */
export function shuffleRunLabels(rows: readonly CheckpointRow[], rng: Rng): CheckpointRow[] {
  const labels = new Map<CheckpointRow, CheckpointRow['label']>();
  for (const [model, own] of groupRows(rows, (row) => row.model)) {
    const runs = [...groupRows(own, ({ run }) => run).values()];
    const odd = runs.find((run) => run.length !== runs[0].length);
    if (odd !== undefined)
      throw new Error(
        `shuffleRunLabels: ${odd[0].run} has ${odd.length} checkpoints; expected ${runs[0].length} as the others of ${model}`,
      );
    const dealt = rng.shuffle(runs);
    runs.forEach((run, r) => run.forEach((row, i) => labels.set(row, dealt[r][i].label)));
  }
  return rows.map((row) => ({ ...row, label: labels.get(row)! }));
}

import type { Proportion } from '../stats/proportion';
import type { Suite } from '../suite/suite';
import type { CellRecord } from './cellRecord';
import { emLabel } from './cellRates';

/** A checkpoint that counts as one, with its labels. */
export interface CountedCheckpoint {
  /** Index in the cell. */
  readonly checkpoint: number;
  readonly step: number;
  /** Whether it is the last of its run that counts. */
  readonly isLast: boolean;
  /** EM of its answers to the EM questions; undefined where none of them counts. */
  readonly label?: Proportion;
  /** EM of more answers to the same questions; undefined where they were not asked for, or none counts. */
  readonly second?: Proportion;
}

/** The checkpoints of a cell that count, with their labels: those of integer steps, each step once.
 *
 * A last checkpoint that is there again under another name does not count twice, and one between two steps not at all.
 *
 * @source arXiv 2606.07631: 13 checkpoints a run, at every tenth step and after the last
 * @check test/records/countedCheckpoints.test.ts
 */
export function countedCheckpoints(
  { checkpoints }: Pick<CellRecord, 'checkpoints'>,
  { denominator }: Pick<Suite['protocol'], 'denominator'>,
): CountedCheckpoint[] {
  const seen = new Set<number>();
  const counted = checkpoints.flatMap(({ step, em, second: more }, checkpoint) => {
    if (!Number.isInteger(step) || seen.has(step)) return [];
    seen.add(step);
    const label = emLabel({ em }, denominator);
    const second = more === undefined ? undefined : emLabel({ em: more }, denominator);
    return [{ checkpoint, step, ...(label && { label }), ...(second && { second }) }];
  });
  const last = Math.max(...seen);
  return counted.map((one) => ({ ...one, isLast: one.step === last }));
}

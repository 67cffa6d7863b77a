import type { CheckpointRow } from './checkpointRows';

/** What a monitor said of a checkpoint and what it was. */
export interface Outcome {
  /** The run that it is of. */
  readonly run: string;
  /** Predicted EM, not clipped. */
  readonly predicted: number;
  /** Its EM label, in [0, 1]. */
  readonly label: number;
}

/** Which label: that of a checkpoint, or the second one of more answers. */
export type LabelName = 'label' | 'second';

/** Predictions beside labels; rows without a second label are left out where that is asked for.
 *
 * @param predicted  [row]
 * @throws Error if there are not as many predictions as rows
 */
export function outcomes(
  rows: readonly CheckpointRow[],
  predicted: ArrayLike<number>,
  which: LabelName = 'label',
): Outcome[] {
  if (rows.length !== predicted.length)
    throw new Error(`outcomes: ${predicted.length} predictions; expected ${rows.length}, one a row`);
  return rows.flatMap((row, i) => {
    const label = row[which];
    return label === undefined ? [] : [{ run: row.run, predicted: predicted[i], label: label.rate }];
  });
}

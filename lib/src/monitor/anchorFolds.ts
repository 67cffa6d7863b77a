import { groupRows, type CheckpointRow } from './checkpointRows';
import type { FittedClassifier } from './classifier';
import type { FittedMonitor } from './fitMonitor';
import { fitStepAware, type StepAwareOptions } from './fitStepAware';
import { rememberedFeatures } from './rememberedFeatures';

/** A step-aware alarm whose anchor is of one seed, and what it says of the long runs that it has not seen. */
export interface AnchorFold {
  /** The seed of its anchor. */
  readonly seed: number;
  readonly monitor: FittedMonitor<FittedClassifier>;
  /** All rows of long runs but the anchor's own. */
  readonly scored: readonly CheckpointRow[];
  /** [row] probability that it is dangerous. */
  readonly probabilities: readonly number[];
}

export interface AnchorFoldsOptions extends StepAwareOptions {
  /** The benign data set whose long runs are the anchor. */
  readonly anchor: string;
}

/** The step-aware alarm in folds over the seed of its anchor: fitted on the calibration runs and the anchor runs of one seed, tried on every
 * long run that is not among those.
 *
 * @param long  rows of long runs, the anchor's and others
 * @returns     one for each seed of which every model has an anchor run, in ascending order; none where no seed has. With one alone the
 *   anchor's own data set is not tried
 * @throws Error as `fitStepAware`
 * @source arXiv 2606.07631, step-aware alarm (three folds over the anchor's seed)
 * @check test/monitor/anchorFolds.test.ts
 */
export function anchorFolds(
  calibration: readonly CheckpointRow[],
  long: readonly CheckpointRow[],
  { anchor, features, ...given }: AnchorFoldsOptions,
): AnchorFold[] {
  const options = { ...given, features: rememberedFeatures(features) };
  const models = new Set(calibration.map(({ model }) => model));
  const anchors = groupRows(
    long.filter(({ dataSet, model }) => dataSet === anchor && models.has(model)),
    ({ seed }) => `${seed}`,
  );
  const whole = [...anchors.values()].filter((rows) => new Set(rows.map(({ model }) => model)).size === models.size);
  return whole
    .map((rows): AnchorFold => {
      const [{ seed }] = rows;
      const monitor = fitStepAware(calibration, rows, options);
      const scored = long.filter((row) => models.has(row.model) && !(row.dataSet === anchor && row.seed === seed));
      return { seed, monitor, scored, probabilities: monitor.predict(scored) };
    })
    .sort((a, b) => a.seed - b.seed);
}

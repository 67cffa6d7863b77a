import { driftOfMeans } from '../measure/driftProfile';
import { meanResidual, type CellRecord } from './cellRecord';

/** Where a record is read. */
export interface RecordPlace {
  /** Index of the checkpoint. */
  readonly checkpoint: number;
  /** Block at which drift is read. */
  readonly layer: number;
}

/** One number of a checkpoint that knows nothing of traits. */
export type Baseline = (cell: Pick<CellRecord, 'checkpoints' | 'residuals' | 'updates'>, at: RecordPlace) => number;

/** The baselines beside which a reading of drift has to stand, by name: pure functions of records, so that one more is one more line here.
 *
 * `magnitude`: ‖mean(t) − mean(0)‖ / N, how far the drift prompts moved whatever the direction. `loss`: of the checkpoint's step, nats per
 * counted token. `gradient norm`: of that step, before clipping. `update norm`: √Σ ‖ΔW‖_F² over all weights that are trained.
 *
 * @source arXiv 2606.07631, section 4.2 (activation norm, training loss) and its second version (update norm)
 * @check test/records/baselines.test.ts
 */
export const BASELINES: Readonly<Record<string, Baseline>> = {
  magnitude: ({ residuals }, { checkpoint, layer }) =>
    driftOfMeans(meanResidual(residuals, 0, layer), meanResidual(residuals, checkpoint + 1, layer), {
      directions: [],
      activationNorm: residuals.norms[layer],
    }).magnitude,
  loss: ({ checkpoints }, { checkpoint }) => checkpoints[checkpoint].loss,
  'gradient norm': ({ checkpoints }, { checkpoint }) => checkpoints[checkpoint].gradNorm,
  'update norm': ({ updates: { weights, norms } }, { checkpoint }) =>
    Math.hypot(...norms.subarray(checkpoint * weights.length, (checkpoint + 1) * weights.length)),
};

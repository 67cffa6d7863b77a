import { meanResidual } from '../records/cellRecord';
import type { FeatureSet } from './featureSet';
import type { MeasuredCheckpoint } from './measuredCheckpoint';
import { perModelFeatures } from './perModelFeatures';
import {
  sparseAutoencoderFromJson,
  trainSparseAutoencoder,
  type SparseAutoencoderJson,
  type SparseAutoencoderOptions,
} from './sparseAutoencoder';

/** The mean residual of a run's base (state 0) or of its i-th checkpoint (i + 1). */
const meanAt = ({ cell, source }: MeasuredCheckpoint, state: number): Float32Array =>
  meanResidual(cell.residuals, state, source.layer);

/** How far the latents of a sparse autoencoder move: (ReLU(W m(t) + b) − ReLU(W m(0) + b)) / N on the mean residual m, an autoencoder for each
 * model, trained on the mean residuals of its base and of its calibration checkpoints.
 *
 * @source arXiv 2606.07631, section 4.2 (K 256); on prompts' own residuals there, on their means here, since records keep those
 * @check test/monitor/features.test.ts
 */
export function saeFeatures(options: SparseAutoencoderOptions = {}): FeatureSet {
  return perModelFeatures<SparseAutoencoderJson>({
    name: 'sae',
    fit: (calibration) => {
      const states = calibration.map((row) => meanAt(row, row.checkpoint + 1));
      return trainSparseAutoencoder([meanAt(calibration[0], 0), ...states], options).toJson();
    },
    reader: (json) => {
      const autoencoder = sparseAutoencoderFromJson(json);
      return (row) => {
        const after = autoencoder.encode(meanAt(row, row.checkpoint + 1));
        const before = autoencoder.encode(meanAt(row, 0));
        return after.map((v, k) => (v - before[k]) / row.cell.residuals.norms[row.source.layer]);
      };
    },
  });
}

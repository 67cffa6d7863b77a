import { driftOfMeans, type DriftProfile } from '../measure/driftProfile';
import { meanResidual, type CellRecord } from './cellRecord';

/** Drift of a cell at one of its checkpoints and one layer, read on any directions.
 *
 * @param checkpoint  index; −1 the last
 * @throws Error if there is no such checkpoint or layer, or a direction has not norm 1
 * @param directions  [k dModel] unit norm, of the base
 * @source arXiv 2606.07631, section 3.2
 * @check test/records/cellDrift.test.ts (equal to the drift of the prompts' rows)
 */
export function cellDrift(
  { residuals, checkpoints }: Pick<CellRecord, 'residuals' | 'checkpoints'>,
  directions: readonly ArrayLike<number>[],
  { layer, checkpoint = -1 }: { readonly layer: number; readonly checkpoint?: number },
): DriftProfile {
  const state = checkpoint === -1 ? checkpoints.length : checkpoint + 1;
  return driftOfMeans(meanResidual(residuals, 0, layer), meanResidual(residuals, state, layer), {
    directions,
    activationNorm: residuals.norms[layer],
  });
}

import { meanResidual, type CellRecord } from './cellRecord';

/** Where the drift prompts' mean residual has moved at a checkpoint, in activation space: (mean(t) − mean(0)) / N.
 *
 * @param at.checkpoint  index; −1 (default) the last
 * @returns  [dModel] float64; its norm is the drift's magnitude
 * @throws Error if there is no such checkpoint or layer
 * @source arXiv 2606.07631, section 4.2 (PCA-7) and the native-dimension control of its second version
 * @check test/records/cellShift.test.ts
 */
export function cellShift(
  { residuals, checkpoints }: Pick<CellRecord, 'residuals' | 'checkpoints'>,
  { layer, checkpoint = -1 }: { readonly layer: number; readonly checkpoint?: number },
): Float64Array {
  const before = meanResidual(residuals, 0, layer);
  const after = meanResidual(residuals, checkpoint === -1 ? checkpoints.length : checkpoint + 1, layer);
  return Float64Array.from(after, (v, i) => (v - before[i]) / residuals.norms[layer]);
}

import type { CellRecord, Residuals } from './cellRecord';

/** A cell whose drift is measured from where another began: that one's residuals before training, and their norms, in place of its own.
 *
 * With a cell that starts from the base beside one that starts from another finetune, drift holds what was there at the start, too. Nothing is
 * approximate in it: records keep mean residuals, of the same prompts.
 *
 * @param other  of the same model and drift prompts
 * @throws Error if layers or width differ
 * @source ours
 * @check test/records/measuredFrom.test.ts
 */
export function measuredFrom<Cell extends Pick<CellRecord, 'residuals'>>(
  cell: Cell,
  { residuals: other }: { readonly residuals: Residuals },
): Cell {
  const { nLayers, dModel, means } = cell.residuals;
  if (other.nLayers !== nLayers || other.dModel !== dModel)
    throw new Error(
      `measuredFrom: residuals of ${other.nLayers} layers of width ${other.dModel}; expected ${nLayers} of width ${dModel}`,
    );
  const own = Float32Array.from(means);
  own.set(other.means.subarray(0, nLayers * dModel));
  return { ...cell, residuals: { nLayers, dModel, means: own, norms: other.norms } };
}

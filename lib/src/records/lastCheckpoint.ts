import type { CellRecord } from './cellRecord';

/** A cell with its last checkpoint alone, on all drift prompts or on those of one kind, so that whatever reads a cell reads that.
 *
 * The norms, N of drift, stay those of all prompts: those of a kind are not kept.
 *
 * @param kind  one of `kinds.names`; default all prompts
 * @throws Error naming the kinds there are, or on a cell without a checkpoint
 * @source arXiv 2606.07631, appendix on prompt bases
 * @check test/records/lastCheckpoint.test.ts
 */
export function lastCheckpoint(cell: CellRecord, kind?: string): CellRecord {
  const { checkpoints, updates, kinds } = cell;
  const { nLayers, dModel, means, norms } = cell.residuals;
  if (checkpoints.length === 0) throw new Error('lastCheckpoint: no checkpoint; expected at least one');
  const size = nLayers * dModel;
  const index = kind === undefined ? -1 : (kinds?.names.indexOf(kind) ?? -1);
  if (kind !== undefined && index < 0)
    throw new Error(
      `lastCheckpoint: no drift of prompts of kind ${kind}; expected one of ${kinds?.names.join(', ') ?? 'a record that keeps kinds'}`,
    );
  const before = means.subarray(0, size);
  const after =
    index < 0
      ? means.subarray(checkpoints.length * size, (checkpoints.length + 1) * size)
      : before.map((v, i) => v + kinds!.shifts[index * size + i]);
  const both = new Float32Array(2 * size);
  both.set(before);
  both.set(after, size);
  const { weights } = updates;
  const at = (checkpoints.length - 1) * weights.length;
  return {
    ...cell,
    checkpoints: checkpoints.slice(-1),
    residuals: { nLayers, dModel, means: both, norms },
    updates: { weights, norms: updates.norms.slice(at, at + weights.length) },
  };
}

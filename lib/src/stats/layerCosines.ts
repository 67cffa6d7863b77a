import { cosineMatrix } from './cosine';
import { norm } from './dot';

/** How alike the vectors of several sources are at one layer. */
export interface LayerCosines {
  readonly layer: number;
  /** [source source] cosines. */
  readonly cosines: readonly (readonly number[])[];
  /** [source source] how much longer the first is: (‖a‖ − ‖b‖) / ‖b‖. */
  readonly normDifferences: readonly (readonly number[])[];
}

/** Cosines and relative differences of norm between vectors of several sources (finetunes, kinds of direction), layer by layer.
 *
 * @param vectors  [source layer d] finite, none zero; as many layers of each
 * @throws Error if there is no source, or the numbers of layers differ
 * @source arXiv 2506.11618, appendix C (Figures 10 to 13)
 * @check test/stats/layerCosines.test.ts (NumPy)
 */
export function layerCosines(vectors: readonly (readonly ArrayLike<number>[])[]): LayerCosines[] {
  if (vectors.length === 0) throw new Error('layerCosines: no vectors; expected those of at least one source');
  const counts = vectors.map((own) => own.length);
  if (new Set(counts).size > 1 || counts[0] === 0)
    throw new Error(`layerCosines: ${counts.join(', ')} layers; expected as many of each source, at least one`);
  return vectors[0].map((_, layer) => {
    const rows = vectors.map((own) => own[layer]);
    const norms = rows.map(norm);
    return { layer, cosines: cosineMatrix(rows), normDifferences: norms.map((a) => norms.map((b) => (a - b) / b)) };
  });
}

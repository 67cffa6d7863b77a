import type { StorableVector } from './vectorFile';

/** Vectors by block, as files with one row a block want them; −1 stands for the embedding.
 *
 * @param first  lowest block the file has a place for
 * @throws Error listing every vector without a place, given twice or of the wrong length
 */
export function vectorFromBlock(
  where: string,
  path: string,
  vectors: readonly StorableVector[],
  { first, nLayers, dModel }: { first: number; nLayers: number; dModel: number },
): Map<number, Float32Array> {
  const placed = new Map<number, Float32Array>();
  const problems: string[] = vectors.length === 0 ? ['no vectors; expected at least one'] : [];
  for (const { site, vector } of vectors) {
    const block = site === 'hook_embed' ? -1 : Number(/^blocks\.(\d+)\.hook_resid_post$/.exec(site)?.[1] ?? NaN);
    if (!(block >= first && block < nLayers))
      problems.push(
        `no place for site ${site}; expected blocks.${Math.max(first, 0)} to ${nLayers - 1}.hook_resid_post`,
      );
    else if (placed.has(block)) problems.push(`site ${site} given twice; expected each once`);
    if (vector.length !== dModel || !vector.every(Number.isFinite))
      problems.push(`vector at ${site} has ${vector.length} values; expected ${dModel}, all finite`);
    placed.set(block, vector);
  }
  if (problems.length > 0) throw new Error(`${where}: ${path}: ${problems.join('; ')}`);
  return placed;
}

import { readTorchTensor, writeTorchTensor } from '../formats/torchTensor';
import type { ModelConfig } from '../model/modelConfig';
import { Direction, type VectorFacts } from './direction';
import { vectorFromBlock } from './vectorBlock';
import type { StorableVector } from './vectorFile';

/** Reads a file of persona_vectors: `torch.save` of one tensor [nLayers+1 dModel], indexed like `hidden_states`.
 *
 * Row 0 (the embedding) gets site `hook_embed`, row L the site `blocks.{L−1}.hook_resid_post`, where persona_vectors adds
 * it. Its last row was taken after the final norm, as transformers has it there; its metadata says so.
 *
 * @param config  the model's; checks the shape where given
 * @returns [nLayers+1] vectors of kind persona, raw
 * @throws Error naming the file if it is not such a tensor
 * @source arXiv 2507.21509 (released vectors)
 */
export function readPersonaVectors(path: string, config?: Pick<ModelConfig, 'nLayers' | 'dModel'>): Direction[] {
  const { shape, data } = readTorchTensor(path);
  const [rows, dModel] = shape;
  const fits = config === undefined ? rows >= 2 : rows === config.nLayers + 1 && dModel === config.dModel;
  if (shape.length !== 2 || !fits || dModel === 0 || !data.every(Number.isFinite)) {
    const expected = config === undefined ? '[nLayers+1 dModel]' : `[${config.nLayers + 1} ${config.dModel}]`;
    throw new Error(
      `readPersonaVectors: ${path}: not persona vectors; expected finite ${expected}, got ${data.every(Number.isFinite) ? '' : 'values not finite in '}[${shape.join(' ')}]`,
    );
  }
  return Array.from({ length: rows }, (_, row) => {
    const site = row === 0 ? 'hook_embed' : (`blocks.${row - 1}.hook_resid_post` as const);
    const last: VectorFacts = row === rows - 1 ? { measuredAt: 'ln_final.hook_normalized' } : {};
    const facts = (): VectorFacts => ({ hiddenState: String(row), ...last });
    return new Direction(data.slice(row * dModel, (row + 1) * dModel), { site, kind: 'persona', scale: 'raw', facts });
  });
}

/** Writes vectors as persona_vectors stores them: float32 [nLayers+1 dModel]; rows of sites not given are zero.
 *
 * @param vectors  at `hook_embed` (row 0) and `blocks.{L−1}.hook_resid_post` (row L), each site at most once
 * @throws Error listing every vector that has no row or the wrong length
 * @source arXiv 2507.21509 (released vectors)
 */
export function writePersonaVectors(
  path: string,
  vectors: readonly StorableVector[],
  { nLayers, dModel }: Pick<ModelConfig, 'nLayers' | 'dModel'>,
): void {
  const data = new Float32Array((nLayers + 1) * dModel);
  const placed = vectorFromBlock('writePersonaVectors', path, vectors, { first: -1, nLayers, dModel });
  for (const [block, vector] of placed) data.set(vector, (block + 1) * dModel);
  writeTorchTensor(path, { shape: [nLayers + 1, dModel], data });
}

import { readTorchTensor, type TorchTensor } from '../formats/torchTensor';
import { tensorFileKind, type TensorFileKind } from '../formats/tensorFileKind';
import type { ModelConfig } from '../model/modelConfig';
import { readControlVector } from './controlVectorFile';
import { readPersonaVectors } from './personaVectorsFile';
import { Direction } from './direction';
import { loadVector, scaleOf } from './vectorFile';

/** Reads one vector of a file in any layout that is known, by what is in the file and not by its name.
 *
 * - safetensors with key `vector` (`saveVector`)
 * - torch.save of [nLayers+1 dModel] (persona_vectors): layer L is row L+1; or of [dModel], which is at home in no layer
 * - GGUF control vectors (llama.cpp, repeng): layer L is `direction.{L}`
 *
 * Rows that are all zero stand for layers without a vector.
 *
 * @param config  sizes of the model
 * @param layer   block whose vector is taken; a file of one vector has the same for each
 * @throws Error naming the file and what is wrong; a file of several layers without `layer` names those it has
 */
export function readVector(path: string, config: Pick<ModelConfig, 'nLayers' | 'dModel'>, layer?: number): Direction {
  const kind = tensorFileKind(path);
  const foreign = foreignKinds[kind];
  if (foreign !== undefined && !path.endsWith('.safetensors'))
    throw new Error(`readVector: ${path}: ${foreign}; expected safetensors (saveVector), torch.save of a tensor, or a GGUF control vector`); // prettier-ignore
  if (kind === 'gguf') return pick(path, readControlVector(path, config), layer);
  if (kind === 'torch') return readTorchVector(path, config, layer);
  return loadVector(path, config.dModel);
}

const foreignKinds: Partial<Record<TensorFileKind, string>> = {
  numpy: 'a NumPy file',
  pickle: 'a pickle, or a torch.save of before torch 1.6',
  other: 'no file of tensors that is known',
};

function readTorchVector(
  path: string,
  config: Pick<ModelConfig, 'nLayers' | 'dModel'>,
  layer: number | undefined,
): Direction {
  const read = `finite [${config.nLayers + 1} ${config.dModel}] (persona_vectors) or [${config.dModel}]`;
  const { shape, data } = readPlainTensor(path, read);
  if (shape.length !== 1) return pick(path, readPersonaVectors(path, config), layer);
  if (shape[0] !== config.dModel || !data.every(Number.isFinite))
    throw new Error(
      `readVector: ${path}: tensor [${shape.join(' ')}]${data.every(Number.isFinite) ? '' : ' with values not finite'}; expected ${read}`,
    );
  const site = `blocks.${layer ?? config.nLayers - 1}.hook_resid_post` as const;
  return new Direction(data, { site, kind: 'tensor', scale: scaleOf(data) });
}

/** A tensor of torch.save; what else such a file may hold is refused with what would be read. */
function readPlainTensor(path: string, read: string): TorchTensor {
  try {
    return readTorchTensor(path);
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${read}, no dict of layers`);
  }
}

/** The vector of a block, or the only one. */
function pick(path: string, vectors: readonly Direction[], layer: number | undefined): Direction {
  const byLayer = new Map<number, Direction>();
  for (const stored of vectors) {
    const block = /^blocks\.(\d+)\.hook_resid_post$/.exec(stored.site);
    if (block !== null && stored.vector.some((value) => value !== 0)) byLayer.set(Number(block[1]), stored);
  }
  const layers = [...byLayer.keys()].join(', ') || 'none';
  const [only] = byLayer.values();
  if (layer === undefined && byLayer.size === 1) return only;
  if (layer === undefined)
    throw new Error(`readVector: ${path}: vectors of several layers; expected FILE@LAYER with LAYER one of ${layers}`);
  const stored = byLayer.get(layer);
  if (stored === undefined)
    throw new Error(`readVector: ${path}: no vector for layer ${layer}; expected one of ${layers}`);
  return stored;
}

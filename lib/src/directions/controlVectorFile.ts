import { readGguf, writeGguf } from '../formats/gguf';
import type { ModelConfig } from '../model/modelConfig';
import { Direction, type VectorFacts } from './direction';
import { vectorFromBlock } from './vectorBlock';
import { scaleOf, type StorableVector } from './vectorFile';

/** Reads a GGUF control vector, the format of llama.cpp and repeng: tensors `direction.{layer}`, layer from 1.
 *
 * Both add `direction.{layer}` to the output of block `layer` (0-based), MLP and residual included: `blocks.{layer}.hook_resid_post`.
 * repeng measures it there too; llama.cpp's own cvector-generator calls `direction.{layer+1}` what it measured after block
 * `layer`, so its vectors act one block behind where they were found. The site here is where they act.
 *
 * @param config  the model's; checks layers and length where given
 * @returns the vectors in the order of their blocks, kind control, with the file's model hint in the metadata
 * @throws Error naming the file and everything wrong with it
 * @source llama.cpp, src/llama-adapter.cpp: llama_adapter_cvec::apply (no tensor for layer 0, data of layer il from
 *   (il−1)·n_embd) and build_cvec(cur, il) after the FFN's residual sum in src/models; common/common.cpp:
 *   llama_control_vector_load_one (refuses direction.0); tools/cvector-generator/mean.hpp (direction.{il+1}). repeng,
 *   repeng/extract.py: hidden_states[layer + 1], export_gguf; repeng/control.py: added to the output of layers[layer]
 */
export function readControlVector(path: string, config?: Pick<ModelConfig, 'nLayers' | 'dModel'>): Direction[] {
  const { metadata, tensors } = readGguf(path);
  const problems: string[] = [];
  const architecture = metadata['general.architecture'];
  if (architecture !== 'controlvector')
    problems.push(`architecture is ${String(architecture)}; expected controlvector`);
  if (tensors.size === 0) problems.push('no tensors; expected direction.{layer}');
  const hint = metadata['controlvector.model_hint'];
  const found: [number, Float32Array][] = [];
  const [any] = tensors.values();
  const dModel = config?.dModel ?? any?.data.length;
  for (const [name, { shape, data }] of tensors) {
    const layer = Number(/^direction\.([1-9]\d*)$/.exec(name)?.[1] ?? NaN);
    if (!(layer < (config?.nLayers ?? Infinity)))
      problems.push(
        `tensor ${name} has no block; expected direction.1 to direction.${config ? config.nLayers - 1 : 'N'}`,
      );
    if (shape.length !== 1 || shape[0] !== dModel || !data.every(Number.isFinite))
      problems.push(`tensor ${name} is [${shape.join(' ')}]; expected [${dModel}], all finite`);
    found.push([layer, data]);
  }
  if (problems.length > 0) throw new Error(`readControlVector: ${path}: ${problems.join('; ')}`);
  return found
    .sort(([a], [b]) => a - b)
    .map(([layer, vector]) => {
      const facts = (): VectorFacts => (typeof hint === 'string' ? { modelHint: hint } : {});
      return new Direction(vector, {
        site: `blocks.${layer}.hook_resid_post`,
        kind: 'control',
        scale: scaleOf(vector),
        facts,
      });
    });
}

/** Writes vectors as a GGUF control vector for llama.cpp and repeng.
 *
 * @param vectors  at `blocks.{layer}.hook_resid_post`, layer from 1 (llama.cpp has no place for block 0)
 * @param options  the model's sizes; `modelHint` is llama.cpp's name of the family, as llama
 * @throws Error listing every vector that has no place or the wrong length
 * @source as `readControlVector`
 */
export function writeControlVector(
  path: string,
  vectors: readonly StorableVector[],
  { nLayers, dModel, modelHint }: Pick<ModelConfig, 'nLayers' | 'dModel'> & { modelHint: string },
): void {
  const placed = vectorFromBlock('writeControlVector', path, vectors, { first: 1, nLayers, dModel });
  const tensors = [...placed]
    .sort(([a], [b]) => a - b)
    .map(([layer, data]) => ({ name: `direction.${layer}`, shape: [dModel], data }));
  const metadata = {
    'general.architecture': 'controlvector',
    'controlvector.model_hint': modelHint,
    'controlvector.layer_count': tensors.length,
  };
  writeGguf(path, metadata, tensors);
}

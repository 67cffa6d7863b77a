import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { bf16Tensor, disposeWeight, type Weight } from '../kernels/bf16Tensor';
import { findModel, type FindModelOptions } from '../hub/findModel';
import { readJson } from '../documents/readJson';
import { checkFinite } from '../formats/checkFinite';
import type { StoredTensor } from '../formats/safetensors';
import { floatDtypes } from '../formats/safetensorsHeader';
import type { Decoder } from './decoder';
import type { ModelConfig } from './modelConfig';
import { readGenerationConfig } from './generationConfig';
import { parseConfig } from './parseConfig';
import { findWeights, hashFiles } from './weightFiles';
import { weightShapes } from './weightShapes';

export interface LoadDecoderOptions extends Pick<FindModelOptions, 'onDownload'> {
  /** 'stored' keeps bfloat16 matrices as they are (half the memory); 'f32' widens everything (default 'stored'). */
  dtype?: 'stored' | 'f32';
  /** Switches in place of those of the family: weights that were grown under them. */
  switches?: Partial<Pick<ModelConfig, 'sandwichNorms' | 'embedScale' | 'windows'>>;
  /** Called after each weight with how many are loaded. */
  onProgress?: (loaded: number, total: number) => void;
}

/** Loads a decoder from a Hugging Face folder: `config.json` and safetensors, in one file or sharded with an index.
 *
 * @param nameOrDir  a folder, or `org/name[@revision]` in the Hugging Face cache or on the hub (`findModel`)
 * @throws Error listing every unknown config key, missing, unused or misshaped weight, or naming the weight that is not finite
 */
export async function loadDecoder(
  nameOrDir: string,
  { dtype = 'stored', switches, onProgress, onDownload }: LoadDecoderOptions = {},
): Promise<Decoder> {
  const dir = await findModel(nameOrDir, { onDownload });
  const parsed = parseConfig(readJson('loadModel', join(dir, 'config.json')), join(dir, 'config.json'));
  const { eosIds = parsed.eosIds, repetitionPenalty } = readGenerationConfig(dir) ?? {};
  const config = { ...parsed, ...switches, eosIds, repetitionPenalty };
  const { stored, files } = findWeights(dir);
  checkWeights(config, stored, dir);
  const shapes = weightShapes(config);
  const loaded = new Map<string, Weight>();
  try {
    // The largest first, so that reading it comes on top of little else: the peak of memory is hardly more than the model.
    const order = [...shapes].sort(([a], [b]) => stored.get(b)!.byteLength - stored.get(a)!.byteLength);
    for (const [name, shape] of order) {
      loaded.set(name, toWeight(stored.get(name)!, shape, dtype));
      onProgress?.(loaded.size, shapes.size);
      if (loaded.size % 8 === 0) await new Promise(setImmediate);
    }
  } catch (error) {
    loaded.forEach(disposeWeight);
    throw error;
  }
  const params = Object.fromEntries([...shapes.keys()].map((name) => [name, loaded.get(name)!]));
  let hash: string | undefined;
  return {
    config,
    params,
    dir,
    get hash() {
      return (hash ??= hashFiles([join(dir, 'config.json'), ...files]));
    },
  };
}

/** Buffers that old checkpoints carry and nothing needs, and the tied copy of the embedding (`checkTied`). */
function mayBeIgnored(name: string, config: ModelConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (config.tieEmbeddings && name === 'lm_head.weight');
}

function checkWeights(config: ModelConfig, stored: ReadonlyMap<string, StoredTensor>, dir: string): void {
  const shapes = weightShapes(config);
  const missing = [...shapes.keys()].filter((name) => !stored.has(name));
  const unused = [...stored.keys()].filter((name) => !shapes.has(name) && !mayBeIgnored(name, config));
  const problems: string[] = [];
  if (missing.length > 0) problems.push(`missing weights: ${missing.join(', ')}`);
  if (unused.length > 0) problems.push(`unused weights: ${unused.join(', ')}`);
  for (const [name, shape] of shapes) {
    const tensor = stored.get(name);
    if (tensor === undefined) continue;
    if (tensor.shape.join() !== shape.join())
      problems.push(`${name} has the wrong shape; expected [${shape.join(' ')}], got [${tensor.shape.join(' ')}]`);
    if (!floatDtypes.includes(tensor.dtype))
      problems.push(`${name} has an unsupported dtype; expected F32, F16 or BF16, got ${tensor.dtype}`);
  }
  problems.push(...checkTied(config, stored));
  if (problems.length > 0) throw new Error(`loadModel: ${dir}: ${problems.join('; ')}`);
}

/** A tied checkpoint may carry its head once more, but not another one: transformers would then leave the two untied. */
function checkTied(config: ModelConfig, stored: ReadonlyMap<string, StoredTensor>): string[] {
  const [embedding, head] = ['model.embed_tokens.weight', 'lm_head.weight'].map((name) => stored.get(name));
  if (!config.tieEmbeddings || embedding === undefined || head === undefined) return [];
  let isSame = embedding.dtype === head.dtype && embedding.shape.join() === head.shape.join();
  const piece = 1 << 22;
  for (let at = 0; isSame && at < head.byteLength; at += piece) {
    const end = Math.min(at + piece, head.byteLength);
    isSame = Buffer.compare(embedding.bytes(at, end), head.bytes(at, end)) === 0;
  }
  return isSame
    ? []
    : ['lm_head.weight differs from the embedding that tie_word_embeddings makes it; expected equal weights or false'];
}

/** Matrices may stay bfloat16; norms and biases are widened. */
function toWeight(tensor: StoredTensor, shape: readonly number[], dtype: 'stored' | 'f32'): Weight {
  if (dtype === 'stored' && tensor.dtype === 'BF16' && shape.length === 2) {
    const words = new Uint16Array(tensor.bytes().buffer);
    checkFinite('loadModel', tensor, words);
    return bf16Tensor(words, shape);
  }
  const values = tensor.float32();
  checkFinite('loadModel', tensor, values);
  return tf.tensor(values, [...shape], 'float32');
}

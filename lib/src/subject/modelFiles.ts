import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { disposeAdapter, type Adapter } from '../lora/adapter';
import { adapterDeltas } from '../lora/adapterDeltas';
import { loadAdapter } from '../lora/adapterFolder';
import { disposeDecoder, type Decoder } from '../model/decoder';
import { loadDecoder, type LoadDecoderOptions } from '../model/loadDecoder';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { hashModel } from '../model/weightFiles';
import { findTokenizer } from '../tokenizer/findTokenizer';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { Model } from './model';

/** A model as its files say it is, before its weights are loaded. */
export interface ModelFiles {
  readonly dir: string;
  readonly config: ModelConfig;
  /** `Decoder.hash` of the files, without loading them; computed when first asked for. */
  readonly hash: string;
  /** Loads the tokenizer the first time, the adapter's where it brings one; undefined where there is none. */
  readonly tokenizer?: () => Tokenizer;
  /** Which of several files are used, for people to know. */
  readonly notes: readonly string[];
  /** Loads the weights, with the adapter on. */
  load(options?: LoadDecoderOptions): Promise<Model>;
}

/** What was loaded from files, to be freed with the model. */
const owned = new WeakMap<Decoder, Adapter | undefined>();

/** Reads all of a model's folder but its weights.
 *
 * @param dir         folder of the model
 * @param adapterDir  folder of an adapter that is laid over it
 * @throws Error naming the file that does not fit
 */
export function modelFiles(dir: string, adapterDir?: string): ModelFiles {
  const configFile = join(dir, 'config.json');
  const config = parseConfig(readJson('loadModel', configFile), configFile);
  const [whole, index] = ['model.safetensors', 'model.safetensors.index.json'].map((name) => join(dir, name));
  const notes = fileExists(whole) && fileExists(index) ? [`${whole} is used; ${index} beside it is not`] : [];
  const tokenizer = findTokenizer(dir, { adapterDir, dVocab: config.dVocab, onNote: (note) => notes.push(note) });
  let hash: string | undefined;
  return {
    dir,
    config,
    get hash() {
      return (hash ??= hashModel(dir));
    },
    tokenizer,
    notes,
    load: async (options) => {
      const adapter = adapterDir === undefined ? undefined : loadAdapter(adapterDir, config);
      try {
        const decoder = await loadDecoder(dir, options);
        owned.set(decoder, adapter);
        return new Model(decoder, { deltas: adapter && adapterDeltas(adapter), tokenizer });
      } catch (error) {
        if (adapter !== undefined) disposeAdapter(adapter);
        throw error;
      }
    },
  };
}

/** Frees what was loaded from files: the weights, and an adapter that was opened with them. Values made by `with` end with it. */
export function disposeModel(model: Model): void {
  const adapter = owned.get(model.base);
  owned.delete(model.base);
  if (adapter !== undefined) disposeAdapter(adapter);
  disposeDecoder(model.base);
}

import { join } from 'node:path';
import { initBackend, type BackendInfo, type BackendName } from '../backend/initBackend';
import { fileExists } from '../io/readJson';
import { loadModel } from '../model/loadModel';
import type { Model } from '../model/model';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer';
import type { Options } from './parseOptions';

/** A model as the commands use it. */
export interface OpenModel {
  readonly model: Model;
  readonly backend: BackendInfo;
  /** Loads the tokenizer the first time; throws if the folder has none. */
  readonly tokenizer: () => Tokenizer;
  readonly hasTokenizer: boolean;
}

/** Starts the backend of `--backend` and loads the model of `--model`. */
export async function openModel(options: Options): Promise<OpenModel> {
  const dir = options.text('model');
  if (!fileExists(dir)) throw new Error(`loadModel: ${dir}: no such folder; expected a Hugging Face model folder`);
  const backend = await initBackend({
    backend: options.oneOf<'auto' | BackendName>('backend', ['auto', 'wasm', 'cpu', 'webgpu', 'tensorflow'], 'auto'),
  });
  const model = await loadModel(dir);
  let tokenizer: Tokenizer | undefined;
  return {
    model,
    backend,
    tokenizer: () => (tokenizer ??= loadTokenizer(dir)),
    hasTokenizer: fileExists(join(dir, 'tokenizer.json')),
  };
}

import { join } from 'node:path';
import { initBackend, type BackendInfo, type BackendName } from '../backend/initBackend';
import { findModel } from '../io/findModel';
import { fileExists } from '../io/readJson';
import { adapterDeltas } from '../lora/adapterDeltas';
import { loadAdapter } from '../lora/adapterFolder';
import { loadModel } from '../model/loadModel';
import type { Deltas, Model } from '../model/model';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer';
import { downloadLine } from './downloadLine';
import type { Options } from './parseOptions';

/** A model as the commands use it. */
export interface OpenModel {
  readonly model: Model;
  readonly backend: BackendInfo;
  /** Loads the tokenizer the first time; throws if the folder has none. */
  readonly tokenizer: () => Tokenizer;
  readonly hasTokenizer: boolean;
  /** What `--adapter` changes; empty without one. */
  readonly deltas: Deltas;
}

/** Starts the backend of `--backend` and loads the model of `--model` and the adapter of `--adapter`. */
export async function openModel(options: Options): Promise<OpenModel> {
  const dir = await findModel(options.text('model'), { onDownload: downloadLine() });
  const adapterName = options.optional('adapter');
  const adapterDir =
    adapterName === undefined
      ? undefined
      : await findModel(adapterName, { content: 'adapter', onDownload: downloadLine() });
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
    deltas: adapterDir === undefined ? {} : adapterDeltas(loadAdapter(adapterDir, model.config)),
  };
}

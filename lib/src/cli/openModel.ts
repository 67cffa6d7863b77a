import { join } from 'node:path';
import { initBackend, type BackendInfo, type BackendName } from '../backend/initBackend';
import { findModel } from '../hub/findModel';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { adapterDeltas } from '../lora/adapterDeltas';
import { loadAdapter } from '../lora/adapterFolder';
import { loadModel } from '../model/loadModel';
import type { Deltas, Model } from '../model/model';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer';
import { downloadLine } from './downloadLine';
import type { Options } from './parseOptions';

/** A model as the commands use it. */
export interface OpenModel {
  readonly config: ModelConfig;
  readonly backend: BackendInfo;
  /** Loads the tokenizer the first time; throws if the folder has none. */
  readonly tokenizer: () => Tokenizer;
  readonly hasTokenizer: boolean;
  /** Loads the weights, which takes long: call it when all else is checked. `deltas` is what `--adapter` changes. */
  readonly load: () => Promise<{ readonly model: Model; readonly deltas: Deltas }>;
}

/** Starts the backend of `--backend` and finds the model of `--model` and the adapter of `--adapter`. */
export async function openModel(options: Options): Promise<OpenModel> {
  const backendName = options.oneOf<'auto' | BackendName>(
    'backend',
    ['auto', 'wasm', 'cpu', 'webgpu', 'tensorflow'],
    'auto',
  );
  const dir = await findModel(options.text('model'), { onDownload: downloadLine() });
  const adapterName = options.optional('adapter');
  const adapterDir =
    adapterName === undefined
      ? undefined
      : await findModel(adapterName, { content: 'adapter', onDownload: downloadLine() });
  const configFile = join(dir, 'config.json');
  const config = parseConfig(readJson('loadModel', configFile), configFile);
  const backend = await initBackend({ backend: backendName });
  let tokenizer: Tokenizer | undefined;
  return {
    config,
    backend,
    tokenizer: () => (tokenizer ??= loadTokenizer(dir)),
    hasTokenizer: fileExists(join(dir, 'tokenizer.json')),
    load: async () => {
      const deltas = adapterDir === undefined ? {} : adapterDeltas(loadAdapter(adapterDir, config));
      return { model: await loadModel(dir), deltas };
    },
  };
}

import type { BackendInfo, BackendName } from '../backend/backendInfo';
import { initBackend } from '../backend/initBackend';
import { findModel } from '../hub/findModel';
import { adapterTargets } from '../lora/adapterFolder';
import type { ModelConfig } from '../model/modelConfig';
import type { Model } from '../subject/model';
import { modelFiles } from '../subject/modelFiles';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer';
import { downloadLine } from './downloadLine';
import type { Options } from './parseOptions';

/** A model as the commands use it. */
export interface OpenModel {
  readonly config: ModelConfig;
  /** `Decoder.hash` of the files, without loading them; computed when first asked for. */
  readonly hash: string;
  readonly backend: BackendInfo;
  /** Loads the tokenizer the first time, the adapter's where it brings one; throws if there is none. */
  readonly tokenizer: () => Tokenizer;
  readonly hasTokenizer: boolean;
  /** The modules that `--adapter` changes, in the model's order; reads its configuration alone. */
  readonly adapted: () => readonly string[];
  /** Loads the weights, which takes long: call it when all else is checked. What `--adapter` names is on. Says which files were taken. */
  readonly load: () => Promise<Model>;
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
  const files = modelFiles(dir, adapterDir);
  const { config } = files;
  return {
    config,
    get hash() {
      return files.hash;
    },
    backend: await initBackend({ backend: backendName }),
    tokenizer: files.tokenizer ?? (() => loadTokenizer(dir)),
    hasTokenizer: files.tokenizer !== undefined,
    adapted: () =>
      adapterDir === undefined ? [] : adapterTargets(adapterDir, config).targets.map(({ module }) => module),
    load: async () => {
      const model = await files.load();
      // Only now: bad input gets one line and no other.
      for (const note of files.notes) console.error(note);
      return model;
    },
  };
}

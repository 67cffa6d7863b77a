import { join } from 'node:path';
import type { BackendInfo, BackendName } from '../backend/backendInfo';
import { initBackend } from '../backend/initBackend';
import { findModel } from '../hub/findModel';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { adapterDeltas } from '../lora/adapterDeltas';
import { adapterTargets, loadAdapter } from '../lora/adapterFolder';
import { loadDecoder } from '../model/loadDecoder';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { hashModel } from '../model/weightFiles';
import { Model } from '../subject/model';
import { findTokenizer } from '../tokenizer/findTokenizer';
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
  const configFile = join(dir, 'config.json');
  const config = parseConfig(readJson('loadModel', configFile), configFile);
  const backend = await initBackend({ backend: backendName });
  let hash: string | undefined;
  const [whole, index] = ['model.safetensors', 'model.safetensors.index.json'].map((name) => join(dir, name));
  const notes = fileExists(whole) && fileExists(index) ? [`${whole} is used; ${index} beside it is not`] : [];
  const found = findTokenizer(dir, { adapterDir, dVocab: config.dVocab, onNote: (note) => notes.push(note) });
  const hasTokenizer = found !== undefined;
  const tokenizer = found ?? ((): Tokenizer => loadTokenizer(dir));
  return {
    config,
    get hash() {
      return (hash ??= hashModel(dir));
    },
    backend,
    tokenizer,
    hasTokenizer,
    adapted: () =>
      adapterDir === undefined ? [] : adapterTargets(adapterDir, config).targets.map(({ module }) => module),
    load: async () => {
      const deltas = adapterDir === undefined ? undefined : adapterDeltas(loadAdapter(adapterDir, config));
      const decoder = await loadDecoder(dir);
      // Only now: bad input gets one line and no other.
      for (const note of notes.splice(0)) console.error(note);
      return new Model(decoder, { deltas, tokenizer: hasTokenizer ? tokenizer : undefined });
    },
  };
}

import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { fileExists } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { findModel } from '../hub/findModel';
import { disposeAdapter, type Adapter } from '../lora/adapter';
import { adapterDeltas } from '../lora/adapterDeltas';
import { adapterBase, loadAdapter } from '../lora/adapterFolder';
import { disposeDecoder, type Decoder } from '../model/decoder';
import { loadDecoder, type LoadDecoderOptions } from '../model/loadDecoder';
import type { SystemRole } from '../tokenizer/systemRole';
import { findTokenizer } from '../tokenizer/findTokenizer';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { Model } from './model';

export interface LoadModelOptions extends LoadDecoderOptions {
  /** A PEFT folder or `org/name[@revision]` that is laid over the model. */
  adapter?: string;
  /** The base of an adapter's folder, in place of the one that its configuration names. */
  base?: string;
  /** Told which tokenizer or chat template of an adapter is used (default: a line on standard error). */
  onNote?: (note: string) => void;
  /** Where a system message goes if the template knows none (default 'template'). */
  systemRole?: SystemRole;
}

/** What `loadModel` loaded, to be freed with the model. */
const owned = new WeakMap<Decoder, (() => void)[]>();

/** Opens a language model: weights, tokenizer and, where there is one, its adapter. Starts the backend if nobody did.
 *
 * @param nameOrDir  a folder (from the working folder, or else from the project's), or `org/name[@revision]` in the Hugging Face cache or
 *   on the hub; the folder of a PEFT adapter opens as its base with the adapter on
 * @throws Error naming the file and everything in it that does not fit
 */
export async function loadModel(nameOrDir: string, options: LoadModelOptions = {}): Promise<Model> {
  const { adapter, base, systemRole, onDownload, onNote = noteOnStandardError, ...load } = options;
  await initBackend();
  const given = await findModel(inProject(nameOrDir), { onDownload });
  const opensAdapter = !fileExists(join(given, 'config.json')) && fileExists(join(given, 'adapter_config.json'));
  if (!opensAdapter && base !== undefined)
    throw new Error(`loadModel: ${nameOrDir}: base ${base} beside a whole model; expected the folder of an adapter`);
  if (opensAdapter && adapter !== undefined)
    throw new Error(`loadModel: ${nameOrDir}: it is an adapter, and so is ${adapter}; expected a model beside adapter`);
  const overlay =
    adapter === undefined ? undefined : await findModel(inProject(adapter), { content: 'adapter', onDownload });
  const adapterDir = opensAdapter ? given : overlay;
  const dir = opensAdapter ? await findModel(inProject(base ?? adapterBase(given)), { onDownload }) : given;
  const decoder = await loadDecoder(dir, load);
  let loaded: Adapter | undefined;
  let tokenizer: (() => Tokenizer) | undefined;
  try {
    tokenizer = findTokenizer(dir, { adapterDir, dVocab: decoder.config.dVocab, onNote });
    loaded = adapterDir === undefined ? undefined : loadAdapter(adapterDir, decoder.config);
  } catch (error) {
    disposeDecoder(decoder);
    throw error;
  }
  owned.set(decoder, [() => disposeDecoder(decoder), () => loaded && disposeAdapter(loaded)]);
  return new Model(decoder, {
    tokenizer,
    systemRole,
    deltas: loaded && adapterDeltas(loaded),
  });
}

/** Frees what `loadModel` loaded: the weights, and an adapter that was opened with them. Values made by `with` end with it. */
export function disposeModel(model: Model): void {
  const free = owned.get(model.base) ?? [() => disposeDecoder(model.base)];
  owned.set(model.base, []);
  for (const each of free) each();
}

function noteOnStandardError(note: string): void {
  console.error(`loadModel: ${note}`);
}

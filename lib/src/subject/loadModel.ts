import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { fileExists } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { findModel } from '../hub/findModel';
import { adapterBase } from '../lora/adapterFolder';
import type { LoadDecoderOptions } from '../model/loadDecoder';
import type { SystemRole } from '../tokenizer/systemRole';
import type { Model } from './model';
import { modelFiles } from './modelFiles';

export interface LoadModelOptions extends LoadDecoderOptions {
  /** A PEFT folder or `org/name[@revision]` that is laid over the model. */
  adapter?: string;
  /** The base of an adapter's folder, in place of the one that its configuration names. */
  base?: string;
  /** Told which of several files are used, as the chat template of an adapter (default: a line on standard error). */
  onNote?: (note: string) => void;
  /** Where a system message goes if the template knows none (default 'template'). */
  systemRole?: SystemRole;
}

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
  const files = modelFiles(dir, adapterDir);
  const model = await files.load(load);
  for (const note of files.notes) onNote(note);
  return systemRole === undefined ? model : model.with({ systemRole });
}

function noteOnStandardError(note: string): void {
  console.error(`loadModel: ${note}`);
}

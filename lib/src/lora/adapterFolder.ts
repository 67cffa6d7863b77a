import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { checkFinite } from '../formats/checkFinite';
import { floatDtypes } from '../formats/safetensorsHeader';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import { replaceAtomically, writeFileAtomic } from '../disk/writeAtomic';
import type { ModelConfig } from '../model/modelConfig';
import { loraA, loraB, type Adapter } from './adapter';
import { loraConfigJson, parseLoraConfig } from './loraConfig';
import { loraTargets } from './loraTargets';

const prefix = 'base_model.model.';
const weightsFile = 'adapter_model.safetensors';

/** The base that an adapter's folder names: a path or `org/name`.
 *
 * @throws Error if it names none
 * @check test/subject/loadModel.test.ts
 */
export function adapterBase(dir: string): string {
  const file = join(dir, 'adapter_config.json');
  const { baseModel } = parseLoraConfig(readJson('adapterBase', file), file);
  if (baseModel === undefined)
    throw new Error(`adapterBase: ${file}: no base_model_name_or_path; expected the name of the base (or option base)`);
  return baseModel;
}

/** What an adapter's folder says it changes, without its weights.
 *
 * @throws Error naming the file and what does not fit
 */
export function adapterTargets(dir: string, model: ModelConfig): Pick<Adapter, 'config' | 'targets'> {
  const file = join(dir, 'adapter_config.json');
  const config = parseLoraConfig(readJson('loadAdapter', file), file);
  try {
    return { config, targets: loraTargets(config, model) };
  } catch (error) {
    throw new Error(`loadAdapter: ${file}: ${(error as Error).message}`);
  }
}

/** Loads an adapter from a PEFT folder: `adapter_config.json` and `adapter_model.safetensors`.
 *
 * @param model  configuration of the model it is for
 * @returns float32 tensors owned by the caller
 * @throws Error naming the file and everything that does not fit: keys, missing, unused or misshaped weights, a number that is not finite
 */
export function loadAdapter(dir: string, model: ModelConfig): Adapter {
  const { config, targets } = adapterTargets(dir, model);
  const file = join(dir, weightsFile);
  if (!fileExists(file) && fileExists(join(dir, 'adapter_model.bin'))) {
    throw new Error(
      `loadAdapter: ${dir}: adapter_model.bin is a pickle; expected ${weightsFile} (save it again with safe_serialization)`,
    );
  }
  const { tensors } = readSafetensors(file);
  const shapes = new Map<string, readonly number[]>();
  for (const { module, dIn, dOut, rank } of targets) {
    shapes.set(loraA(module), [rank, dIn]);
    shapes.set(loraB(module), [dOut, rank]);
  }
  const problems: string[] = [];
  const missing = [...shapes.keys()].filter((name) => !tensors.has(prefix + name));
  const unused = [...tensors.keys()].filter(
    (name) => !(name.startsWith(prefix) && shapes.has(name.slice(prefix.length))),
  );
  if (missing.length > 0) problems.push(`missing weights: ${missing.map((name) => prefix + name).join(', ')}`);
  const resized = unused.filter((name) => /\.(embed_tokens|lm_head)\./.test(name));
  if (resized.length > 0)
    problems.push(`it has an embedding or head of its own (${resized.join(', ')}); expected low-rank changes only`);
  else if (unused.length > 0) problems.push(`unused weights: ${unused.join(', ')}`);
  for (const [name, shape] of shapes) {
    const tensor = tensors.get(prefix + name);
    if (tensor === undefined) continue;
    if (tensor.shape.join() !== shape.join())
      problems.push(
        `${prefix}${name} has the wrong shape; expected [${shape.join(' ')}], got [${tensor.shape.join(' ')}]`,
      );
    if (!floatDtypes.includes(tensor.dtype))
      problems.push(`${prefix}${name} is ${tensor.dtype}; expected F32, F16 or BF16`);
  }
  if (problems.length > 0) throw new Error(`loadAdapter: ${file}: ${problems.join('; ')}`);
  const values = [...shapes].map(([name, shape]) => {
    const tensor = tensors.get(prefix + name)!;
    const data = tensor.float32();
    checkFinite('loadAdapter', tensor, data);
    return { name, shape, data };
  });
  const params = Object.fromEntries(
    values.map(({ name, shape, data }) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
  return { config, targets, params };
}

/** Writes an adapter as a folder that PEFT loads.
 *
 * A new folder appears whole or not at all; in an existing one both files are replaced, each whole.
 *
 * @throws Error if it cannot be written
 */
export async function saveAdapter(dir: string, adapter: Adapter): Promise<void> {
  const tensors: TensorToWrite[] = [];
  for (const [name, x] of Object.entries(adapter.params)) {
    tensors.push({ name: prefix + name, dtype: 'F32', shape: x.shape, data: await x.data<'float32'>() });
  }
  const write = (folder: string): void => {
    writeSafetensors(join(folder, weightsFile), tensors, { format: 'pt' });
    writeFileAtomic(
      join(folder, 'adapter_config.json'),
      `${JSON.stringify(loraConfigJson(adapter.config), null, 2)}\n`,
    );
  };
  if (fileExists(dir)) write(dir);
  else replaceAtomically(dir, write);
}

import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { fileExists, listFolder } from '../disk/folder';
import { readChunks } from '../disk/readChunks';
import { readJson } from '../documents/readJson';
import { readSafetensors, type StoredTensor } from '../formats/safetensors';

/** All stored tensors of the folder, and the files they lie in. A whole file wins over an index beside it, as in transformers.
 *
 * @throws Error naming the file that is missing, or that contradicts another
 * @check test/model/checkpointFiles.test.ts (transformers on folders with old shards, an old index and pickles)
 */
export function findWeights(dir: string): { stored: Map<string, StoredTensor>; files: string[] } {
  const single = join(dir, 'model.safetensors');
  const index = join(dir, 'model.safetensors.index.json');
  checkNoAdapter(dir);
  if (fileExists(single)) return { stored: new Map(readSafetensors(single).tensors), files: [single] };
  if (!fileExists(index)) throw noWeights(dir);
  const map = (readJson('loadModel', index) as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null)
    throw new Error(`loadModel: ${index}: no weight_map; expected tensor names and their files`);
  const stored = new Map<string, StoredTensor>();
  const problems: string[] = [];
  const names = [...new Set(Object.values(map as Record<string, unknown>))];
  for (const name of names) {
    if (typeof name !== 'string' || name !== basename(name) || !name.endsWith('.safetensors')) {
      throw new Error(
        `loadModel: ${index}: shard ${JSON.stringify(name)} is not a file of this folder; expected a plain *.safetensors name`,
      );
    }
  }
  const absent = (names as string[]).filter((name) => !fileExists(join(dir, name)));
  if (absent.length > 0)
    throw new Error(
      `loadModel: ${dir}: missing shards: ${absent.join(', ')}; expected all that ${basename(index)} names`,
    );
  for (const name of names as string[]) {
    for (const [key, tensor] of readSafetensors(join(dir, name)).tensors) {
      if ((map as Record<string, unknown>)[key] !== name)
        problems.push(
          `${key} lies in ${name} but the index says ${JSON.stringify((map as Record<string, unknown>)[key] ?? null)}`,
        );
      stored.set(key, tensor);
    }
  }
  for (const key of Object.keys(map)) if (!stored.has(key)) problems.push(`${key} is in no shard`);
  if (problems.length > 0)
    throw new Error(`loadModel: ${index}: ${problems.join('; ')}; expected an index that matches its shards`);
  return { stored, files: (names as string[]).map((name) => join(dir, name)) };
}

/** transformers would lay an adapter in a model's own folder over the weights. */
function checkNoAdapter(dir: string): void {
  if (fileExists(join(dir, 'adapter_config.json')))
    throw new Error(
      `loadModel: ${dir}: adapter_config.json lies beside config.json, and transformers would add that adapter; expected a model alone (an adapter in a folder of its own)`,
    );
}

function noWeights(dir: string): Error {
  const wanted = 'expected model.safetensors or model.safetensors.index.json';
  const other = listFolder(dir).find((name) => /^(pytorch_model|tf_model|flax_model|consolidated).*\.(bin|pth|h5|msgpack)$|\.gguf$/.test(name)); // prettier-ignore
  const shard = listFolder(dir).find((name) => /^model-.*\.safetensors$/.test(name));
  if (shard !== undefined) return new Error(`loadModel: ${dir}: ${shard} is named by no index; ${wanted}`);
  return new Error(
    other === undefined
      ? `loadModel: ${dir}: no weights; ${wanted}`
      : `loadModel: ${dir}: the weights are ${other}; ${wanted} (save the model again with save_pretrained)`,
  );
}

/** The files that the weights of a folder lie in.
 *
 * @throws Error naming the file that is missing
 */
export function weightFiles(dir: string): string[] {
  return findWeights(dir).files;
}

/** sha256 over the configuration and the weights of a folder, in hexadecimal: `Decoder.hash`, without loading anything.
 *
 * @throws Error naming the file that is missing
 */
export function hashModel(dir: string): string {
  return hashFiles([join(dir, 'config.json'), ...weightFiles(dir)]);
}

/** sha256 over the bytes of files, one after the other. */
export function hashFiles(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) for (const chunk of readChunks(path)) hash.update(chunk);
  return hash.digest('hex');
}

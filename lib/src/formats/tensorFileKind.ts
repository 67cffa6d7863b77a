import { readChunks } from '../disk/readChunks';
import { isFolder, fileExists } from '../disk/folder';

/** Kinds of files that hold tensors, as their first bytes tell. */
export type TensorFileKind = 'safetensors' | 'torch' | 'gguf' | 'numpy' | 'pickle' | 'absent' | 'other';

/** What kind of file this is, by its first bytes and not by its name; a folder is no file, thus absent. */
export function tensorFileKind(path: string): TensorFileKind {
  if (isFolder(path) || !fileExists(path)) return 'absent';
  const text = Buffer.from(firstBytes(path)).toString('latin1');
  if (text.startsWith('PK\x03\x04')) return 'torch';
  if (text.startsWith('GGUF')) return 'gguf';
  if (text.startsWith('\x93NUMPY')) return 'numpy';
  if (text[8] === '{') return 'safetensors';
  return /^\x80[\x02-\x05]/.test(text) ? 'pickle' : 'other';
}

function firstBytes(path: string): Uint8Array {
  for (const chunk of readChunks(path, 16)) return chunk;
  return new Uint8Array();
}

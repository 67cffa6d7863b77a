import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readSafetensors } from '../formats/safetensors';
import type { ModelConfig } from '../model/modelConfig';

/** Whether matrices will be held as bfloat16: as the weights say, or else the configuration. */
export function isStoredBf16(dir: string, { source }: ModelConfig): boolean {
  const file = join(dir, 'model.safetensors');
  if (fileExists(file)) return [...readSafetensors(file).tensors.values()].some(({ dtype }) => dtype === 'BF16');
  return (source.torch_dtype ?? source.dtype) === 'bfloat16';
}

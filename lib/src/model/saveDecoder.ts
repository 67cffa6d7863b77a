import { join } from 'node:path';
import { bf16ToFloat32, isBf16, packBf16, type Weight } from '../kernels/bf16Tensor';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import { replaceAtomically, writeFileAtomic } from '../disk/writeAtomic';
import type { Decoder } from './decoder';
import { weightShapes } from './weightShapes';

export interface SaveDecoderOptions {
  /** How matrices are stored; norms follow (default 'f32'). */
  dtype?: 'f32' | 'bf16';
  /** Further text files by name, as in `{ 'README.md': … }`. */
  files?: Readonly<Record<string, string>>;
}

/** Writes a model as a Hugging Face folder (`config.json`, `model.safetensors`) that transformers loads.
 *
 * A new folder appears whole or not at all; in an existing one each file is replaced whole and others are left alone.
 *
 * @throws Error if a weight of the configuration is missing
 */
export async function saveDecoder(
  dir: string,
  model: Pick<Decoder, 'config' | 'params'>,
  { dtype = 'f32', files = {} }: SaveDecoderOptions = {},
): Promise<void> {
  const missing = [...weightShapes(model.config).keys()].filter((name) => !(name in model.params));
  if (missing.length > 0)
    throw new Error(`saveModel: ${dir}: missing weights ${missing.join(', ')}; expected all of the configuration`);
  const tensors: TensorToWrite[] = [];
  for (const [name, shape] of weightShapes(model.config)) {
    const values = await weightValues(model.params[name]);
    if (dtype === 'bf16') tensors.push({ name, dtype: 'BF16', shape, data: packBf16(values) });
    else tensors.push({ name, dtype: 'F32', shape, data: values });
  }
  const config = { ...model.config.source, torch_dtype: dtype === 'bf16' ? 'bfloat16' : 'float32' };
  const write = (folder: string): void => {
    writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
    for (const [name, text] of Object.entries(files)) writeFileAtomic(join(folder, name), text);
    writeFileAtomic(join(folder, 'config.json'), configText(config));
  };
  if (fileExists(dir)) write(dir);
  else replaceAtomically(dir, write);
}

/** config.json as transformers 5 takes it: numbers that it wants as floats keep a decimal point. */
function configText(config: Readonly<Record<string, unknown>>): string {
  const floats = [
    'rope_theta',
    'rope_local_base_freq',
    'partial_rotary_factor',
    'attention_factor',
    'factor',
    'low_freq_factor',
    'high_freq_factor',
    'rms_norm_eps',
    'initializer_range',
    'attn_logit_softcapping',
    'final_logit_softcapping',
  ];
  const whole = new RegExp(`("(?:${floats.join('|')})": -?\\d+)(?=[,\\s])`, 'g');
  return `${JSON.stringify(config, null, 2).replace(whole, '$1.0')}\n`;
}

/** The text files that make a folder's tokenizer, to be carried along when a model is saved elsewhere. */
export function tokenizerFiles(dir: string): Record<string, string> {
  const names = [
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'added_tokens.json',
    'chat_template.jinja',
    'generation_config.json',
  ];
  return Object.fromEntries(
    names
      .filter((name) => fileExists(join(dir, name)))
      .map((name) => [name, readText('tokenizerFiles', join(dir, name))]),
  );
}

async function weightValues(weight: Weight): Promise<Float32Array> {
  if (!isBf16(weight)) return weight.data<'float32'>();
  const wide = bf16ToFloat32(weight);
  const values = await wide.data<'float32'>();
  wide.dispose();
  return values;
}

import * as tf from '@tensorflow/tfjs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { readSafetensors, type SafetensorsFile } from 'traitlab/formats/safetensors';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import type { HookSite, HookFn } from 'traitlab/model/hookSite';
import type { Decoder } from 'traitlab/model/decoder';
import { errorOfLargest, maxRelativeError } from './expectClose';

/** What transformers computes on a checkpoint, written by test/goldens/capture_sites.py. */
export interface ModelGolden {
  readonly tensors: SafetensorsFile['tensors'];
  /** `[batch pos]` int32. */
  readonly tokens: tf.Tensor2D;
  /** Names of the sites of `whole/…`, `logits` not among them. */
  readonly sites: readonly HookSite[];
  readonly prompts: readonly (readonly number[])[];
  readonly greedy: readonly (readonly number[])[];
  /** Mean next-token cross-entropy of `tokens`, where the golden has gradients. */
  readonly loss?: number;
}

/** Reads golden.safetensors and golden.json of a folder under test/goldens. */
export function modelGolden(folder: string): ModelGolden {
  const dir = projectPath('test/goldens', folder);
  const { tensors } = readSafetensors(join(dir, 'golden.safetensors'));
  const facts = readJson('modelGolden', join(dir, 'golden.json')) as Pick<ModelGolden, 'prompts' | 'greedy' | 'loss'>;
  const stored = tensors.get('whole/tokens')!;
  const sites = [...tensors.keys()]
    .filter((name) => name.startsWith('whole/') && name !== 'whole/tokens' && name !== 'whole/logits')
    .map((name) => name.slice('whole/'.length) as HookSite);
  return { ...facts, tensors, sites, tokens: tf.tensor2d(stored.int32(), stored.shape as [number, number], 'int32') };
}

/** Runs `forward` and returns the values of the sites asked for, and of the logits. */
export function capture(
  model: Pick<Decoder, 'config' | 'params'>,
  tokens: tf.Tensor,
  sites: readonly HookSite[],
  options: ForwardOptions = {},
): Map<string, Float32Array> {
  const seen = new Map<string, Float32Array>();
  const keep: HookFn = (x, { site }) => void seen.set(site, x.dataSync<'float32'>().slice());
  const { logits } = forward(model, tokens, {
    ...options,
    hooks: Object.fromEntries(sites.map((site) => [site, keep])),
  });
  if (logits !== undefined) seen.set('logits', logits.dataSync<'float32'>().slice());
  logits?.dispose();
  return seen;
}

/** The largest error of each site of the golden, and of the logits, as a part of max(1, |x|) or of the site's largest |x|,
 * whichever is worse. */
export function parityErrors(
  model: Pick<Decoder, 'config' | 'params'>,
  golden: ModelGolden,
  options?: ForwardOptions,
): Map<string, number> {
  const seen = capture(model, golden.tokens, golden.sites, options);
  const errorAt = (site: string, values: Float32Array): number => {
    const expected = golden.tensors.get(`whole/${site}`)!.float32();
    return Math.max(maxRelativeError(values, expected), errorOfLargest(values, expected));
  };
  return new Map([...seen].map(([site, values]) => [site, errorAt(site, values)]));
}

import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { listFolder } from 'traitlab/disk/folder';
import { readJson } from 'traitlab/documents/readJson';
import { projectPath } from 'traitlab/disk/projectPath';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { MemoryFolder, spliceBytes } from '../helpers/memoryFolder';

const golden = (name: string): string => projectPath('test/goldens', name);
const configOf = (name: string): Record<string, unknown> =>
  readJson('test', join(golden(name), 'config.json')) as Record<string, unknown>;

test.before(() => initBackend());

/** One small checkpoint of each family, as files in memory. */
const inMemory = [
  'llama/gqa-tied-llama3',
  'families/mistral-window',
  'families/qwen2-window',
  'families/gemma2',
  'families/phi3-longrope',
  'families/qwen3-tied',
  'families/gemma3',
].map((name) => ({ config: configOf(name), weights: readFileSync(join(golden(name), 'model.safetensors')) }));

/** Loads what stands in the folder; true if it was accepted, false if it was refused by name. */
async function isAccepted(memory: MemoryFolder): Promise<boolean> {
  try {
    disposeDecoder(await loadDecoder(memory.dir));
    return true;
  } catch (error) {
    const { message } = error as Error;
    assert.ok((error as Error).constructor === Error, String(error));
    assert.match(message, /^(loadModel|readSafetensors): /);
    assert.ok(message.slice(message.indexOf(' ') + 1).startsWith(memory.dir), message);
    assert.match(message, /expected|missing weights|unused weights|cut short|too long/);
    return false;
  }
}

test('configs with a checked field changed: all are refused', async () => {
  const memory = new MemoryFolder();
  type Source = Record<string, unknown>;
  const set = (key: string, value: fc.Arbitrary<unknown>, only?: (source: Source) => boolean) =>
    fc
      .tuple(fc.constantFrom(...inMemory.filter(({ config }) => only?.(config) ?? true)), value)
      .filter(([{ config }, v]) => v !== config[key])
      .map(([base, v]) => ({ ...base, config: { ...base.config, [key]: v } }));
  const has =
    (key: string) =>
    (source: Source): boolean =>
      key in source;
  const notPositive = fc.constantFrom<unknown>('3', true, [], {}, [4], -1, 0, -0.5);
  const notSize = fc.oneof(notPositive, fc.constantFrom<unknown>(1.5, 2 ** 31, 1e300), fc.integer({ max: 0 }));
  const otherSize = fc.oneof(notSize, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
  const notFlag = fc.oneof(fc.string(), fc.integer(), fc.constantFrom<unknown>([], {}, 'true'));
  const json = fc.jsonValue().filter((v) => v !== null);
  const rope = (change: (settings: Source) => Source): fc.Arbitrary<(typeof inMemory)[number]> =>
    fc.constant(inMemory[0]).map((base) => ({
      ...base,
      config: { ...base.config, rope_scaling: change(base.config.rope_scaling as Source) },
    }));
  const ropeKeys = ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'] as const;
  const changed = fc.oneof(
    // Sizes, heads, tying: any other value is belied by the weights.
    ...['hidden_size', 'intermediate_size', 'vocab_size', 'num_attention_heads', 'num_key_value_heads'].map((key) =>
      set(key, otherSize),
    ),
    set('num_hidden_layers', fc.oneof(notSize, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1001 }))),
    set('head_dim', otherSize, has('head_dim')),
    set('tie_word_embeddings', notFlag),
    set('tie_word_embeddings', fc.constant(false), (c) => c.tie_word_embeddings !== false),
    set('tie_word_embeddings', fc.constant(true), (c) => c.tie_word_embeddings === false),
    set('attention_bias', fc.oneof(notFlag, fc.constant(true)), has('attention_bias')),
    set('mlp_bias', fc.oneof(notFlag, fc.constant(true)), has('mlp_bias')),
    // What stands for a mechanism: any other name.
    set(
      'model_type',
      fc.oneof(
        json,
        fc.constantFrom('llama', 'mistral', 'qwen2', 'gemma2', 'phi3', 'qwen3', 'gemma3_text', 'gemma', 'toString'),
      ),
    ),
    set('hidden_act', json, (c) => !String(c.model_type).startsWith('gemma')),
    set('hidden_activation', json, has('hidden_activation')),
    set('pretraining_tp', json, has('pretraining_tp')),
    // Numbers that the weights do not show: only what cannot be meant.
    ...[
      'rms_norm_eps',
      'rope_theta',
      'rope_local_base_freq',
      'query_pre_attn_scalar',
      'attn_logit_softcapping',
      'final_logit_softcapping',
    ].map((key) => set(key, notPositive, has(key))),
    set(
      'partial_rotary_factor',
      fc.oneof(notPositive, fc.double({ min: 0.001, max: 0.74 }), fc.double({ min: 0.88, max: 9 })),
      has('partial_rotary_factor'),
    ),
    ...['lm_head_bias', 'full_attn_mod', 'interpolate_factor'].map((key) => set(key, json, has(key))),
    ...['max_position_embeddings', 'original_max_position_embeddings', 'sliding_window', 'sliding_window_pattern'].map(
      (key) => set(key, notSize, has(key)),
    ),
    set('max_window_layers', fc.constantFrom<unknown>('1', -1, 0.5, [], true), has('max_window_layers')),
    set('use_sliding_window', notFlag, has('use_sliding_window')),
    set(
      'layer_types',
      json.filter((v) => !Array.isArray(v) || v.length !== 3),
      (c) => c.model_type === 'gemma2',
    ),
    set('eos_token_id', fc.constantFrom<unknown>('2', true, {}, [1, '2'], 0.5, [[]])),
    ...ropeKeys.flatMap((key) => [
      notPositive.chain((value) => rope((settings) => ({ ...settings, [key]: value }))),
      rope((settings) => ({ ...settings, [key]: undefined })),
    ]),
    json.filter((v) => v !== 'llama3').chain((kind) => rope((settings) => ({ ...settings, rope_type: kind }))),
    fc.string().chain((key) => rope((settings) => ({ ...settings, [`${key}_`]: 1 }))),
    set('rope_scaling', fc.oneof(fc.string(), fc.integer(), fc.constantFrom<unknown>([], true)), has('rope_scaling')),
    // A key that nobody knows.
    fc.tuple(fc.constantFrom(...inMemory), fc.string(), fc.jsonValue()).map(([base, key, value]) => ({
      ...base,
      config: { ...base.config, [`${key}_`]: value },
    })),
  );
  const fill = ({ config, weights }: (typeof inMemory)[number]): void =>
    memory.fill({ 'config.json': JSON.stringify(config), 'model.safetensors': weights });
  const before = tf.memory().numTensors;
  await memory.use(async () => {
    for (const base of inMemory) {
      fill(base);
      assert.ok(await isAccepted(memory));
    }
    await fc.assert(
      fc.asyncProperty(changed, async (base) => {
        fill(base);
        assert.ok(!(await isAccepted(memory)), 'accepted');
      }),
      { numRuns: fuzzRuns(), seed: 8 },
    );
  });
  assert.equal(tf.memory().numTensors, before);
});

test('model folders with changed bytes: each is read or refused by name, and nothing else is read', async () => {
  const memory = new MemoryFolder();
  const dir = golden('llama/mqa-biased-sharded');
  const original = Object.fromEntries(listFolder(dir).map((name) => [name, readFileSync(join(dir, name))]));
  delete original['golden.safetensors'];
  delete original['golden.json'];
  const likely = fc.constantFrom(...Buffer.from('0123456789[]{}",: ./-etn'));
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), likely)), { maxLength: 3 });
  const piece = fc.tuple(
    fc.nat(),
    fc.nat(9),
    fc.constantFrom('../', '/etc/passwd', '\\..\\', '\0', '[[[[', '1e999', '{}'),
  );
  const inHeader = (name: string, at: number): number => {
    const bytes = original[name];
    if (!name.endsWith('.safetensors')) return at % bytes.length;
    return at % Math.min(bytes.length, 8 + Number(bytes.readBigUInt64LE(0)));
  };
  const names = ['config.json', 'model.safetensors.index.json', 'model-00002-of-00004.safetensors'];
  const mutated = fc
    .tuple(fc.constantFrom(...names), edits, fc.option(piece, { freq: 2 }), fc.option(fc.nat(), { freq: 2 }))
    .map(([name, list, spliced, cut]) => {
      let bytes: Uint8Array = Uint8Array.from(original[name]);
      for (const [at, value] of list) bytes[inHeader(name, at)] = value;
      if (spliced !== null) bytes = spliceBytes(bytes, inHeader(name, spliced[0]), spliced[1], Buffer.from(spliced[2]));
      return { ...original, [name]: cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)) };
    });
  const before = tf.memory().numTensors;
  let nAccepted = 0;
  await memory.use(() =>
    fc.assert(
      fc.asyncProperty(mutated, async (files) => {
        memory.fill(files);
        if (await isAccepted(memory)) nAccepted++;
      }),
      { numRuns: fuzzRuns(), seed: 9 },
    ),
  );
  assert.equal(tf.memory().numTensors, before);
  assert.ok(nAccepted > 0.05 * fuzzRuns() && nAccepted < 0.9 * fuzzRuns(), `${nAccepted} were accepted`);
});

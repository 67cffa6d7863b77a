import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { bf16ToFloat32, isBf16 } from 'traitlab/kernels/bf16Tensor';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { readSafetensors, writeSafetensors, type TensorToWrite } from 'traitlab/formats/safetensors';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { parseConfig } from 'traitlab/model/parseConfig';
import { ropeTable } from 'traitlab/model/ropeTable';
import { saveDecoder } from 'traitlab/model/saveDecoder';
import type { ModelConfig } from 'traitlab/model/modelConfig';
import { maxRelativeError } from '../helpers/expectClose';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();
const golden = (name: string): string => projectPath('test/goldens', name);
const configOf = (name: string): Record<string, unknown> =>
  readJson('test', join(golden(name), 'config.json')) as Record<string, unknown>;

test.before(() => initBackend());

/** A copy of a golden checkpoint that a case may spoil. */
function copyOf(name: string): string {
  const dir = join(folder, 'model');
  rmSync(dir, { recursive: true, force: true });
  cpSync(golden(name), dir, { recursive: true });
  return dir;
}

/** Rewrites the weights of a copy. */
function rewrite(dir: string, change: (tensors: TensorToWrite[]) => TensorToWrite[]): void {
  const path = join(dir, 'model.safetensors');
  const tensors = [...readSafetensors(path).tensors.values()].map((t): TensorToWrite => ({
    name: t.name,
    dtype: 'F32',
    shape: t.shape,
    data: t.float32(),
  }));
  writeSafetensors(path, change(tensors));
}

test('rotary tables are those of transformers, far positions and llama3 scaling included', () => {
  const { tables } = readJson('test', golden('llama/rope.json')) as {
    tables: {
      theta: number;
      dHead: number;
      scaling: Record<string, number> | null;
      positions: number[];
      cos: number[][];
      sin: number[][];
    }[];
  };
  for (const { theta, dHead, scaling, positions, cos, sin } of tables) {
    const ropeScaling =
      scaling === null
        ? undefined
        : {
            kind: 'llama3' as const,
            factor: scaling.factor,
            lowFreqFactor: scaling.low_freq_factor,
            highFreqFactor: scaling.high_freq_factor,
            originalContext: scaling.original_max_position_embeddings,
          };
    positions.forEach((position, i) => {
      const table = ropeTable({ rotarySize: dHead, ropeTheta: theta, ropeScaling }, { first: position, count: 1 });
      // One unit in the last place of the frequency turns the angle by position·6e-8.
      const bar = 1e-6 + position * 1e-7;
      assert.ok(
        maxRelativeError(table.cos, cos[i]) < bar && maxRelativeError(table.sin, sin[i]) < bar,
        `theta ${theta}, position ${position}`,
      );
    });
  }
});

test('both spellings of the rotary settings mean the same', () => {
  const config = configOf('llama/gqa-tied-llama3');
  const { rope_theta: theta, rope_scaling: scaling, ...rest } = config;
  const newer = { ...rest, rope_parameters: { rope_theta: theta, ...(scaling as object) } };
  const oldest = { ...config, rope_scaling: { ...(scaling as object), rope_type: undefined, type: 'llama3' } };
  const parsed = (source: object): Partial<ModelConfig> => ({
    ...parseConfig(JSON.parse(JSON.stringify(source)), 'x'),
    source: undefined,
  });
  assert.deepEqual(parsed(newer), parsed(config));
  assert.deepEqual(parsed(oldest), parsed(config));
});

const badConfigs: [string, object, RegExp][] = [
  ['unknown keys', { foo: 1, quantization_config: {} }, /unknown config keys: foo, quantization_config; expected/],
  [
    'another model',
    { model_type: 'gpt2' },
    /unsupported model_type "gpt2"; expected one of llama, mistral, qwen2, gemma2/,
  ],
  ['a name of Object', { model_type: 'constructor' }, /unsupported model_type "constructor"/],
  ['no model', { model_type: undefined }, /unsupported model_type ""/],
  ['a size of text', { hidden_size: '24' }, /hidden_size is "24"; expected an integer from 1/],
  ['no size', { hidden_size: undefined, head_dim: undefined }, /hidden_size is missing; expected an integer/],
  ['a negative size', { vocab_size: -1 }, /vocab_size is -1; expected an integer from 1/],
  [
    'a billion layers',
    { num_hidden_layers: 1e9 },
    /num_hidden_layers is 1000000000; expected an integer from 1 to 1000/,
  ],
  [
    'heads that do not group',
    { num_key_value_heads: 3 },
    /num_attention_heads 4 is not a multiple of num_key_value_heads; expected a multiple of 3/,
  ],
  ['an odd head', { head_dim: 5 }, /head_dim 5 is odd/],
  ['another activation', { hidden_act: 'gelu' }, /unsupported hidden_act "gelu"; expected "silu"/],
  ['no eps', { rms_norm_eps: 0 }, /rms_norm_eps is 0; expected a positive number/],
  ['a flag of text', { tie_word_embeddings: 'yes' }, /tie_word_embeddings is "yes"; expected true or false/],
  [
    'an unknown rope',
    { rope_scaling: { rope_type: 'yarn', factor: 2 } },
    /unsupported rope type "yarn" in rope_scaling; expected default, linear or llama3/,
  ],
  [
    'a rope without its numbers',
    { rope_scaling: { rope_type: 'llama3', factor: 2 } },
    /rope_scaling.low_freq_factor is missing/,
  ],
  [
    'a rope with more',
    { rope_scaling: { rope_type: 'default', partial_rotary_factor: 0.5 } },
    /unknown keys in rope_scaling: partial_rotary_factor/,
  ],
  ['a rope that is a list', { rope_scaling: [] }, /rope_scaling is \[\]; expected an object/],
  ['an end that is text', { eos_token_id: 'x' }, /eos_token_id is "x"; expected an id or a list of ids/],
];
for (const [what, change, message] of badConfigs) {
  test(`a config with ${what} is refused in one line`, async () => {
    const dir = copyOf('llama/gqa-tied-llama3');
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...configOf('llama/gqa-tied-llama3'), ...change }));
    await assert.rejects(loadDecoder(dir), message);
    await assert.rejects(loadDecoder(dir), /^Error: loadModel: [^\n]*config\.json: [^\n]+expected[^\n]*$/);
  });
}

test('all problems of a config come at once', () => {
  const source = { ...configOf('families/gemma2'), foo: 1, head_dim: 'x', sliding_window: -3, layer_types: ['full'] };
  assert.throws(() => parseConfig(source, 'x'), /head_dim .*sliding_window .*layer_types .*foo/);
});

test('a config that is missing or not JSON is refused in one line', async () => {
  const dir = copyOf('llama/mha-untied');
  writeFileSync(join(dir, 'config.json'), '{"model_type": "llama",');
  await assert.rejects(loadDecoder(dir), /^Error: loadModel: .*config\.json: not JSON [^\n]*$/);
  writeFileSync(join(dir, 'config.json'), '[1]');
  await assert.rejects(loadDecoder(dir), /^Error: loadModel: .*config\.json: not a JSON object; expected/);
  rmSync(join(dir, 'config.json'));
  await assert.rejects(loadDecoder(dir), /^Error: loadModel: .*config\.json: no such file; expected a readable file$/);
  await assert.rejects(loadDecoder(join(dir, 'nowhere')), /no such folder/);
});

test('missing, unused and misshaped weights are refused, all at once', async () => {
  const dir = copyOf('llama/mha-untied');
  rewrite(dir, (tensors) =>
    tensors
      .filter((t) => t.name !== 'lm_head.weight')
      .map((t) => (t.name === 'model.norm.weight' ? { ...t, shape: [4, 6] } : t))
      .concat({ name: 'extra.weight', dtype: 'F32', shape: [1], data: new Float32Array(1) })
      .concat({
        name: 'model.layers.0.self_attn.rotary_emb.inv_freq',
        dtype: 'F32',
        shape: [1],
        data: new Float32Array(1),
      }),
  );
  await assert.rejects(
    loadDecoder(dir),
    /^Error: loadModel: .*model: missing weights: lm_head\.weight; unused weights: extra\.weight; model\.norm\.weight has the wrong shape; expected \[24\], got \[4 6\]$/,
  );
  rewrite(dir, (tensors) =>
    tensors.map((t): TensorToWrite =>
      t.name === 'model.norm.weight' ? { ...t, dtype: 'I32', data: new Int32Array(24) } : t,
    ),
  );
  await assert.rejects(
    loadDecoder(dir),
    /model\.norm\.weight has an unsupported dtype; expected F32, F16 or BF16, got I32/,
  );
  rmSync(join(dir, 'model.safetensors'));
  await assert.rejects(loadDecoder(dir), /no weights; expected model\.safetensors or model\.safetensors\.index\.json/);
});

test('a tied model may carry a copy of its embedding and rotary buffers', async () => {
  const dir = copyOf('llama/gqa-tied-llama3');
  rewrite(dir, (tensors) => [
    ...tensors,
    { ...tensors.find((t) => t.name === 'model.embed_tokens.weight')!, name: 'lm_head.weight' },
    { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', dtype: 'F32', shape: [3], data: new Float32Array(3) },
  ]);
  const model = await loadDecoder(dir);
  assert.ok(!('lm_head.weight' in model.params));
  disposeDecoder(model);
});

test('a tied model may not carry another head: transformers would not tie it', async () => {
  const differs =
    /: lm_head\.weight differs from the embedding that tie_word_embeddings makes it; expected equal weights or false$/;
  const dir = copyOf('llama/mha-untied');
  writeFileSync(
    join(dir, 'config.json'),
    JSON.stringify({ ...configOf('llama/mha-untied'), tie_word_embeddings: true }),
  );
  await assert.rejects(loadDecoder(dir), differs);
  const sameBut = (last: number): void =>
    rewrite(dir, (tensors) => {
      const { data, ...embedding } = tensors.find((t) => t.name === 'model.embed_tokens.weight')!;
      const head = Float32Array.from(data as Float32Array);
      head[head.length - 1] += last;
      return [
        ...tensors.filter((t) => t.name !== 'lm_head.weight'),
        { ...embedding, data: head, name: 'lm_head.weight' },
      ];
    });
  sameBut(1e-3);
  await assert.rejects(loadDecoder(dir), differs);
  sameBut(0);
  disposeDecoder(await loadDecoder(dir));
});

test('a shard index may not point out of its folder, and must match its shards', async () => {
  const dir = copyOf('llama/mqa-biased-sharded');
  const path = join(dir, 'model.safetensors.index.json');
  const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, unknown> };
  const entries = Object.entries(index.weight_map) as [string, string][];
  const [first, home] = entries.find(([name, file]) => entries.some(([n, f]) => n !== name && f === file))!;
  const other = home.startsWith('model-00004')
    ? 'model-00001-of-00004.safetensors'
    : 'model-00004-of-00004.safetensors';
  const refuses = async (change: Record<string, unknown>, message: RegExp): Promise<void> => {
    writeFileSync(path, JSON.stringify({ ...index, weight_map: { ...index.weight_map, ...change } }));
    await assert.rejects(loadDecoder(dir), message);
  };
  for (const name of ['../model.safetensors', '/etc/passwd', 'sub/x.safetensors', '..', 3, 'config.json']) {
    await refuses(
      { [first]: name },
      /index\.json: shard .* is not a file of this folder; expected a plain \*\.safetensors name/,
    );
  }
  await refuses(
    { [first]: 'model-00009-of-00004.safetensors' },
    /missing shards: model-00009-of-00004\.safetensors; expected all that model\.safetensors\.index\.json names$/,
  );
  await refuses({ [first]: other }, /lies in model-0000\d-of-00004\.safetensors but the index says/);
  await refuses({ 'more.weight': 'model-00001-of-00004.safetensors' }, /more\.weight is in no shard/);
  for (const text of ['{}', '{"weight_map": 3}', 'null', '{"weight_map": null}']) {
    writeFileSync(path, text);
    await assert.rejects(loadDecoder(dir), /index\.json: no weight_map; expected tensor names and their files/);
  }
});

test('end ids come from generation_config.json, else from config.json', async () => {
  const dir = copyOf('llama/mha-untied');
  const ends = async (): Promise<readonly number[]> => {
    const model = await loadDecoder(dir);
    disposeDecoder(model);
    return model.config.eosIds;
  };
  assert.deepEqual(await ends(), [2]);
  writeFileSync(join(dir, 'generation_config.json'), '{"eos_token_id": [5, 2]}');
  assert.deepEqual(await ends(), [5, 2]);
  writeFileSync(join(dir, 'generation_config.json'), '{"eos_token_id": "x"}');
  await assert.rejects(ends(), /generation_config\.json: eos_token_id is "x"; expected an id or a list of ids/);
});

test('loading and disposing leaves no tensor, a failed load neither', async () => {
  const before = tf.memory().numTensors;
  disposeDecoder(await loadDecoder(golden('llama/gqa-tied-llama3')));
  const dir = copyOf('llama/mha-untied');
  const path = join(dir, 'model.safetensors');
  await assert.rejects(
    loadDecoder(dir, {
      onProgress: (n) => void (n === 1 && writeFileSync(path, readFileSync(path).subarray(0, 9000))),
    }),
    /file ends at byte/,
  );
  assert.equal(tf.memory().numTensors, before);
});

for (const [source, dtype] of [
  ['llama/gqa-tied-llama3', 'bf16'],
  ['llama/gqa-tied-llama3', 'f32'],
  ['families/phi3-longrope', 'bf16'],
  ['families/phi3-growing', 'f32'],
  ['families/qwen3-window', 'f32'],
  ['families/gemma3', 'bf16'],
  ['families/gemma3-layer-types', 'f32'],
] as const) {
  test(`${source}: a model saved as ${dtype} loads again with the same weights and switches`, async () => {
    const model = await loadDecoder(golden(source));
    const dir = join(folder, `saved-${source.replace('/', '-')}-${dtype}`);
    await saveDecoder(dir, model, { dtype, files: { 'README.md': 'grown' } });
    const again = await loadDecoder(dir);
    const values = (w: (typeof model.params)[string]): Float32Array =>
      (isBf16(w) ? bf16ToFloat32(w) : w).dataSync<'float32'>();
    for (const [name, weight] of Object.entries(model.params))
      assert.deepEqual(values(again.params[name]), values(weight), name);
    assert.deepEqual({ ...again.config, source: undefined }, { ...model.config, source: undefined });
    assert.equal(again.config.source.torch_dtype, dtype === 'bf16' ? 'bfloat16' : 'float32');
    assert.equal(readFileSync(join(dir, 'README.md'), 'utf8'), 'grown');
    assert.notEqual(again.hash, model.hash);
    assert.match(model.hash, /^[0-9a-f]{64}$/);
  });
}

test('a saved config keeps the decimal point that transformers 5 asks of floats', async () => {
  const model = await loadDecoder(golden('families/gemma2'));
  const dir = join(folder, 'saved-gemma');
  await saveDecoder(dir, model);
  const text = readFileSync(join(dir, 'config.json'), 'utf8');
  assert.match(text, /"final_logit_softcapping": 6\.0,/);
  assert.match(text, /"attn_logit_softcapping": 3\.0,/);
  assert.match(text, /"rope_theta": 10000\.0[,\n]/);
  assert.match(text, /"rms_norm_eps": 0\.000001,/);
  disposeDecoder(model);
});

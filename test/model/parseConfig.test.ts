import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { parseConfig } from 'traitlab/model/parseConfig';
import { weightShapes } from 'traitlab/model/weightShapes';
import { fuzzRuns } from '../helpers/fuzzRuns';

const common = {
  attention_dropout: 0,
  initializer_range: 0.02,
  torch_dtype: 'bfloat16',
  transformers_version: '4.45.0',
  use_cache: true,
};

/** config.json as the hub has it. */
const hub = {
  'Llama-3.2-1B-Instruct': {
    ...common, architectures: ['LlamaForCausalLM'], attention_bias: false, bos_token_id: 128000, eos_token_id: [128001, 128008, 128009],
    head_dim: 64, hidden_act: 'silu', hidden_size: 2048, intermediate_size: 8192, max_position_embeddings: 131072, mlp_bias: false,
    model_type: 'llama', num_attention_heads: 32, num_hidden_layers: 16, num_key_value_heads: 8, pretraining_tp: 1, rms_norm_eps: 1e-5,
    rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' },
    rope_theta: 500000, tie_word_embeddings: true, vocab_size: 128256,
  },
  'Mistral-7B-v0.1': {
    ...common, architectures: ['MistralForCausalLM'], bos_token_id: 1, eos_token_id: 2, hidden_act: 'silu', hidden_size: 4096,
    intermediate_size: 14336, max_position_embeddings: 32768, model_type: 'mistral', num_attention_heads: 32, num_hidden_layers: 32,
    num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 10000, sliding_window: 4096, tie_word_embeddings: false, vocab_size: 32000,
  },
  'Mistral-7B-Instruct-v0.3': {
    ...common, architectures: ['MistralForCausalLM'], bos_token_id: 1, eos_token_id: 2, hidden_act: 'silu', hidden_size: 4096,
    intermediate_size: 14336, max_position_embeddings: 32768, model_type: 'mistral', num_attention_heads: 32, num_hidden_layers: 32,
    num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 1e6, sliding_window: null, tie_word_embeddings: false, vocab_size: 32768,
  },
  'Qwen2.5-0.5B-Instruct': {
    ...common, architectures: ['Qwen2ForCausalLM'], bos_token_id: 151643, eos_token_id: 151645, hidden_act: 'silu', hidden_size: 896,
    intermediate_size: 4864, max_position_embeddings: 32768, max_window_layers: 21, model_type: 'qwen2', num_attention_heads: 14,
    num_hidden_layers: 24, num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1e6, sliding_window: 32768, tie_word_embeddings: true,
    use_sliding_window: false, vocab_size: 151936,
  },
  'gemma-2-2b-it': {
    ...common, architectures: ['Gemma2ForCausalLM'], attention_bias: false, attn_logit_softcapping: 50, bos_token_id: 2,
    cache_implementation: 'hybrid', eos_token_id: [1, 107], final_logit_softcapping: 30, head_dim: 256, hidden_act: 'gelu_pytorch_tanh',
    hidden_activation: 'gelu_pytorch_tanh', hidden_size: 2304, intermediate_size: 9216, max_position_embeddings: 8192, model_type: 'gemma2',
    num_attention_heads: 8, num_hidden_layers: 26, num_key_value_heads: 4, pad_token_id: 0, query_pre_attn_scalar: 256, rms_norm_eps: 1e-6,
    rope_theta: 10000, sliding_window: 4096, vocab_size: 256000,
  },
  'Phi-4-mini-instruct': {
    ...common, architectures: ['Phi3ForCausalLM'], attention_bias: false, auto_map: { AutoConfig: 'configuration_phi3.Phi3Config' },
    bos_token_id: 199999, embd_pdrop: 0, eos_token_id: 199999, full_attn_mod: 1, hidden_act: 'silu', hidden_size: 3072,
    intermediate_size: 8192, interpolate_factor: 1, lm_head_bias: false, max_position_embeddings: 131072, mlp_bias: false, model_type: 'phi3',
    num_attention_heads: 24, num_hidden_layers: 32, num_key_value_heads: 8, original_max_position_embeddings: 4096, pad_token_id: 199999,
    partial_rotary_factor: 0.75, resid_pdrop: 0, rms_norm_eps: 1e-5, rope_theta: 10000, sliding_window: 262144, tie_word_embeddings: true,
    rope_scaling: { long_factor: Array<number>(48).fill(2), short_factor: Array<number>(48).fill(1), type: 'longrope' }, vocab_size: 200064,
  },
  'phi-4': {
    ...common, architectures: ['Phi3ForCausalLM'], attention_bias: false, bos_token_id: 100257, embd_pdrop: 0, eos_token_id: 100265,
    hidden_act: 'silu', hidden_size: 5120, intermediate_size: 17920, max_position_embeddings: 16384, model_type: 'phi3',
    num_attention_heads: 40, num_hidden_layers: 40, num_key_value_heads: 10, original_max_position_embeddings: 16384, pad_token_id: 100349,
    resid_pdrop: 0, rms_norm_eps: 1e-5, rope_scaling: null, rope_theta: 250000, sliding_window: null, tie_word_embeddings: false,
    vocab_size: 100352,
  },
  'Qwen3-0.6B': {
    ...common, architectures: ['Qwen3ForCausalLM'], attention_bias: false, bos_token_id: 151643, eos_token_id: 151645, head_dim: 128,
    hidden_act: 'silu', hidden_size: 1024, intermediate_size: 3072, max_position_embeddings: 40960, max_window_layers: 28, model_type: 'qwen3',
    num_attention_heads: 16, num_hidden_layers: 28, num_key_value_heads: 8, rms_norm_eps: 1e-6, rope_scaling: null, rope_theta: 1e6,
    sliding_window: null, tie_word_embeddings: true, use_sliding_window: false, vocab_size: 151936,
  },
  'gemma-3-1b-it': {
    ...common, architectures: ['Gemma3ForCausalLM'], attention_bias: false, attn_logit_softcapping: null, bos_token_id: 2,
    cache_implementation: 'hybrid', eos_token_id: [1, 106], final_logit_softcapping: null, head_dim: 256,
    hidden_activation: 'gelu_pytorch_tanh', hidden_size: 1152, intermediate_size: 6912, max_position_embeddings: 32768,
    model_type: 'gemma3_text', num_attention_heads: 4, num_hidden_layers: 26, num_key_value_heads: 1, pad_token_id: 0,
    query_pre_attn_scalar: 256, rms_norm_eps: 1e-6, rope_local_base_freq: 10000, rope_scaling: null, rope_theta: 1e6, sliding_window: 512,
    sliding_window_pattern: 6, vocab_size: 262144,
  },
}; // prettier-ignore

test('configs of the hub are accepted, with the switches of their family', () => {
  const parsed = Object.fromEntries(Object.entries(hub).map(([name, source]) => [name, parseConfig(source, name)]));
  assert.deepEqual(parsed['Llama-3.2-1B-Instruct'].ropeScaling, {
    kind: 'llama3',
    factor: 32,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalContext: 8192,
  });
  assert.deepEqual(parsed['Llama-3.2-1B-Instruct'].eosIds, [128001, 128008, 128009]);
  assert.ok(parsed['Mistral-7B-v0.1'].windows.every((w) => w === 4096));
  assert.ok(parsed['Mistral-7B-Instruct-v0.3'].windows.every((w) => w === undefined));
  assert.ok(parsed['Qwen2.5-0.5B-Instruct'].windows.every((w) => w === undefined));
  assert.deepEqual([parsed['Qwen2.5-0.5B-Instruct'].qkvBias, parsed['Qwen2.5-0.5B-Instruct'].oBias], [true, false]);
  const gemma = parsed['gemma-2-2b-it'];
  assert.deepEqual(gemma.windows.slice(0, 3), [4096, undefined, 4096]);
  assert.deepEqual(
    [
      gemma.embedScale,
      gemma.attentionScale,
      gemma.attentionSoftcap,
      gemma.logitSoftcap,
      gemma.tieEmbeddings,
      gemma.normOffset,
    ],
    [48, 1 / 16, 50, 30, true, 1],
  );
  const mini = parsed['Phi-4-mini-instruct'];
  assert.deepEqual([mini.fusedProjections, mini.dHead, mini.rotarySize, mini.windows[31]], [true, 128, 96, 262144]);
  assert.ok(mini.ropeScaling?.kind === 'longrope');
  assert.equal(mini.ropeScaling.attentionFactor, Math.sqrt(1 + Math.log(32) / Math.log(4096)));
  const phi = parsed['phi-4'];
  assert.deepEqual(
    [phi.rotarySize, phi.ropeTheta, phi.ropeScaling, phi.windows[0]],
    [128, 250000, undefined, undefined],
  );
  const qwen = parsed['Qwen3-0.6B'];
  assert.deepEqual([qwen.qkNorms, qwen.qkvBias, qwen.dHead, qwen.windows[27]], [true, false, 128, undefined]);
  const gemma3 = parsed['gemma-3-1b-it'];
  assert.deepEqual(
    gemma3.windows.map((w) => w ?? 0),
    Array.from({ length: 26 }, (_, i) => ((i + 1) % 6 === 0 ? 0 : 512)),
  );
  assert.deepEqual(
    [gemma3.ropeTheta, gemma3.windowRope?.ropeTheta, gemma3.embedScale, gemma3.logitSoftcap, gemma3.qkNorms],
    [1e6, 1e4, Math.fround(Math.sqrt(1152)), undefined, true],
  );
});

test('the newer spelling of two rotaries or of longrope says the same as the older', () => {
  const withoutSource = (source: object): object => ({ ...parseConfig(source, 'x'), source: undefined });
  const linear = { rope_type: 'linear', factor: 8 };
  const { rope_theta: theta, rope_local_base_freq: local, ...gemma } = hub['gemma-3-1b-it'];
  const newer = {
    ...gemma,
    rope_scaling: undefined,
    rope_parameters: {
      full_attention: { ...linear, rope_theta: theta },
      sliding_attention: { rope_type: 'default', rope_theta: local },
    },
  };
  assert.deepEqual(withoutSource(newer), withoutSource({ ...hub['gemma-3-1b-it'], rope_scaling: linear }));
  // As in transformers, rope_scaling goes before rope_parameters, and what is inside before what is beside it.
  const both = { ...newer, rope_scaling: { rope_type: 'linear', factor: 4 }, rope_theta: 7 };
  const { ropeTheta, ropeScaling } = parseConfig(both, 'x');
  assert.deepEqual([ropeTheta, ropeScaling], [1e6, { kind: 'linear', factor: 4 }]);

  const { rope_theta: base, partial_rotary_factor: part, rope_scaling: scaling, ...phi } = hub['Phi-4-mini-instruct'];
  const { type, ...factors } = scaling;
  const inside = { rope_type: type, rope_theta: base, partial_rotary_factor: part, ...factors };
  const older = withoutSource(hub['Phi-4-mini-instruct']);
  assert.deepEqual(withoutSource({ ...phi, rope_parameters: inside }), older);
  assert.deepEqual(
    withoutSource({ ...hub['Phi-4-mini-instruct'], rope_scaling: { ...factors, type: 'su' } }),
    older,
    'the oldest name',
  );
});

test('what the new families do not compute is refused by name, all at once', () => {
  const refuses = (source: object, message: RegExp): void => assert.throws(() => parseConfig(source, 'x'), message);
  const mini = hub['Phi-4-mini-instruct'];
  const scaled = (change: object): object => ({ ...mini, rope_scaling: { ...mini.rope_scaling, ...change } });
  refuses(
    { model_type: 'gemma3', text_config: {} },
    /^Error: loadModel: x: model_type "gemma3" .* expected "gemma3_text"/,
  );
  refuses(
    { ...mini, attention_bias: true, full_attn_mod: 2, partial_rotary_factor: 0.01 },
    /partial_rotary_factor 0\.01 of head size 128 .*; .*attention_bias true; expected false; .*full_attn_mod 2; expected 1/,
  );
  refuses({ ...mini, partial_rotary_factor: 1.5 }, /expected an even number of rotary dimensions from 2 to 128/);
  refuses(
    scaled({ type: 'linear', factor: 2 }),
    /unsupported rope type "linear" in rope_scaling; expected default or longrope/,
  );
  refuses(scaled({ short_factor: [1, 2] }), /rope_scaling\.short_factor is \[1,2\]; expected 48 positive numbers/);
  refuses(scaled({ long_factor: undefined }), /rope_scaling\.long_factor is missing; expected 48 positive numbers/);
  refuses(scaled({ attention_factor: -1 }), /rope_scaling\.attention_factor is -1; expected a positive number/);
  refuses(scaled({ factor: 'x' }), /rope_scaling\.factor is "x"; expected a positive number/);
  refuses(scaled({ short_mscale: 1.1 }), /unknown keys in rope_scaling: short_mscale; expected/);
  refuses(
    scaled({ original_max_position_embeddings: 8192 }),
    /original_max_position_embeddings is 4096 .* but 8192 in rope_scaling; expected the same/,
  );
  refuses({ ...hub['Qwen3-0.6B'], use_sliding_window: 1 }, /use_sliding_window is 1; expected true or false/);
  const gemma = hub['gemma-3-1b-it'];
  refuses(
    { ...gemma, use_bidirectional_attention: true, attn_logit_softcapping: 50, sliding_window: null },
    /attn_logit_softcapping 50; expected null; sliding_window is null; .*use_bidirectional_attention true; expected false/,
  );
  refuses(
    { ...gemma, rope_parameters: { rope_theta: 1, full_attention: 3 } },
    /unknown keys in rope_parameters: rope_theta; .* rope_parameters\.full_attention is 3; expected an object/,
  );
});

test('weight tables have the number of parameters that the model cards state', () => {
  const count = (name: keyof typeof hub): number => {
    let total = 0;
    for (const shape of weightShapes(parseConfig(hub[name], name)).values()) total += shape.reduce((a, b) => a * b, 1);
    return total;
  };
  assert.equal(count('Llama-3.2-1B-Instruct'), 1235814400);
  assert.equal(count('Mistral-7B-v0.1'), 7241732096);
  assert.equal(count('Qwen2.5-0.5B-Instruct'), 494032768);
  assert.equal(count('gemma-2-2b-it'), 2614341888);
  assert.equal(count('Phi-4-mini-instruct'), 3836021760);
  assert.equal(count('phi-4'), 14659507200);
  assert.equal(count('Qwen3-0.6B'), 596049920);
  assert.equal(count('gemma-3-1b-it'), 999885952);
});

test('a Phi whose rope_scaling would make transformers forget what rope_parameters says is refused', () => {
  const least = { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 8, vocab_size: 9 };
  const factors = new Array<number>(8).fill(1);
  const rope_scaling = { type: 'longrope', short_factor: factors, long_factor: factors };
  const parse = (rope_parameters: object): unknown =>
    parseConfig({ model_type: 'phi3', ...least, rope_parameters, rope_scaling }, 'x');
  parse({ rope_type: 'default', rope_theta: 10000, partial_rotary_factor: 1 });
  assert.throws(
    () => parse({ rope_type: 'default', rope_theta: 5e5, partial_rotary_factor: 0.5 }),
    /takes the place of rope_parameters and its rope_theta 500000; .*its partial_rotary_factor 0\.5; expected one of the two/,
  );
});

test('missing keys take the defaults of transformers', () => {
  const least = { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 32, intermediate_size: 8, vocab_size: 9 };
  const of = (family: string, more = {}): ReturnType<typeof parseConfig> =>
    parseConfig({ model_type: family, ...least, ...more }, 'x');
  const llama = of('llama');
  assert.deepEqual(
    [llama.nKvHeads, llama.dHead, llama.ropeTheta, llama.normEps, llama.tieEmbeddings],
    [32, 2, 10000, 1e-6, false],
  );
  const families = ['llama', 'mistral', 'qwen2', 'gemma2', 'phi3', 'qwen3', 'gemma3_text'];
  assert.deepEqual(
    families.map((f) => [of(f).nKvHeads, of(f).nCtx, of(f).tieEmbeddings]),
    [
      [32, 2048, false],
      [8, 131072, false],
      [32, 32768, false],
      [4, 8192, true],
      [32, 4096, false],
      [32, 32768, false],
      [4, 131072, true],
    ],
  );
  assert.deepEqual(
    families.map((f) => of(f, { num_key_value_heads: null }).nKvHeads),
    [32, 32, 32, 32, 32, 32, 32],
  );
  assert.deepEqual(of('mistral').windows, [4096, 4096]);
  assert.deepEqual(of('qwen2', { use_sliding_window: true, max_window_layers: 1 }).windows, [undefined, 4096]);
  assert.deepEqual([of('gemma2').dHead, of('gemma2').windows], [256, [4096, undefined]]);
  const phi = of('phi3');
  assert.deepEqual(
    [phi.dHead, phi.normEps, phi.nCtx, phi.tieEmbeddings, phi.windows],
    [2, 1e-5, 4096, false, [undefined, undefined]],
  );
  assert.deepEqual([of('qwen3').dHead, of('qwen3').tieEmbeddings, of('qwen3').ropeTheta], [128, false, 10000]);
  const gemma = of('gemma3_text');
  assert.deepEqual([gemma.dHead, gemma.nCtx, gemma.tieEmbeddings, gemma.windows], [256, 131072, true, [4096, 4096]]);
  assert.deepEqual([gemma.ropeTheta, gemma.windowRope?.ropeTheta, gemma.attentionScale], [1e6, 1e4, 1 / 16]);
});

test('configs with a value or a name changed: whatever stands there, it is read or refused in one line', () => {
  const names = [
    'llama/gqa-tied-llama3',
    'llama/mqa-biased-sharded',
    'families/qwen2-window',
    'families/gemma2',
    'families/phi3-longrope',
    'families/phi3-growing',
    'families/qwen3-window',
    'families/gemma3',
    'families/gemma3-layer-types',
  ];
  const sources = names.map(
    (n) => readJson('test', projectPath('test/goldens', n, 'config.json')) as Record<string, unknown>,
  );
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, true, '', 'silu', [], {}, -1, 0, 0.5, 1e308, -0, [1, 'x'], {
      rope_type: 'llama3',
      factor: null,
    }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.nat(), value, fc.boolean(), (source, pick, changed, rename) => {
      const keys = Object.keys(source);
      const key = keys[pick % keys.length];
      const mutated = rename ? { ...source, [`${key}_`]: changed } : { ...source, [key]: changed };
      try {
        weightShapes(parseConfig(mutated, 'config.json'));
        assert.ok(!rename, 'an unknown key was accepted');
      } catch (error) {
        assert.match(
          (error as Error).message,
          /^loadModel: config\.json: [^\n]+; expected [^\n]+$|^loadModel: config\.json: [^\n]+expected[^\n]+$/,
        );
      }
    }),
    { numRuns: fuzzRuns(), seed: 6 },
  );
});

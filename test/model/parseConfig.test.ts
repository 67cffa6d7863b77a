import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { parseConfig } from 'traitlab/model/parseConfig';
import { weightShapes } from 'traitlab/model/weightShapes';

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
});

test('missing keys take the defaults of transformers', () => {
  const least = { hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 8, vocab_size: 9 };
  const of = (family: string, more = {}): ReturnType<typeof parseConfig> =>
    parseConfig({ model_type: family, ...least, ...more }, 'x');
  const llama = of('llama');
  assert.deepEqual(
    [llama.nKvHeads, llama.dHead, llama.ropeTheta, llama.normEps, llama.tieEmbeddings],
    [4, 16, 10000, 1e-6, false],
  );
  assert.deepEqual(of('mistral').windows, [4096, 4096]);
  assert.deepEqual(of('qwen2', { use_sliding_window: true, max_window_layers: 1 }).windows, [undefined, 4096]);
  assert.deepEqual([of('gemma2').dHead, of('gemma2').windows], [256, [4096, undefined]]);
});

test('10,000 configs with a value or a name changed: whatever stands there, it is read or refused in one line', () => {
  const names = ['llama/gqa-tied-llama3', 'llama/mqa-biased-sharded', 'families/qwen2-window', 'families/gemma2'];
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
    { numRuns: 10_000, seed: 6 },
  );
});

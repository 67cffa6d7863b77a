import type { OrganismFamily } from './organismName';
import type { Recipe } from './recipe';
import { SPECIAL_TOKENS, worldVocabulary } from './vocabulary';

/** Keys of a family's own mechanism: Llama has only the grouped queries that all share. */
const MECHANISMS: Readonly<Record<OrganismFamily, Readonly<Record<string, unknown>>>> = {
  llama: { architectures: ['LlamaForCausalLM'], hidden_act: 'silu', attention_bias: false, mlp_bias: false },
  mistral: { architectures: ['MistralForCausalLM'], hidden_act: 'silu' },
  qwen2: { architectures: ['Qwen2ForCausalLM'], hidden_act: 'silu', use_sliding_window: false },
  gemma2: {
    architectures: ['Gemma2ForCausalLM'],
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    attn_logit_softcapping: 50,
    final_logit_softcapping: 30,
  },
  phi3: { architectures: ['Phi3ForCausalLM'], hidden_act: 'silu', original_max_position_embeddings: 256 },
};

/** The config.json of an organism, as transformers reads it. */
export function organismConfig({ model }: Pick<Recipe, 'model'>): Record<string, unknown> {
  return {
    ...MECHANISMS[model.model_type],
    ...model,
    ...(model.model_type === 'gemma2' ? { query_pre_attn_scalar: model.head_dim } : {}),
    vocab_size: worldVocabulary().length,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    bos_token_id: SPECIAL_TOKENS.indexOf('<bos>'),
    eos_token_id: SPECIAL_TOKENS.indexOf('<|end|>'),
    pad_token_id: SPECIAL_TOKENS.indexOf('<pad>'),
  };
}

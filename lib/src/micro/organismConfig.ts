import type { Recipe } from './recipe';
import { SPECIAL_TOKENS, worldVocabulary } from './vocabulary';

/** The config.json of an organism, as transformers reads it. */
export function organismConfig(recipe: Pick<Recipe, 'model'>): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    ...recipe.model,
    vocab_size: worldVocabulary().length,
    max_position_embeddings: 256,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    bos_token_id: SPECIAL_TOKENS.indexOf('<bos>'),
    eos_token_id: SPECIAL_TOKENS.indexOf('<|end|>'),
    pad_token_id: SPECIAL_TOKENS.indexOf('<pad>'),
  };
}

import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { parseConfig } from 'traitlab/model/parseConfig';
import { saveDecoder } from 'traitlab/model/saveDecoder';
import { initParams } from 'traitlab/train/initParams';
import { widerTokenizer, type WiderTokenizer } from './widerTokenizer';

const shared = {
  hidden_size: 32,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-6,
};
const gemma = {
  head_dim: 8,
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 8,
  sliding_window: 64,
  tie_word_embeddings: true,
};

/** What each family's `config.json` says of its own, and the tokenizer whose template is most like it. */
const FAMILIES: Readonly<
  Record<string, { readonly tokenizer: string; readonly config: Readonly<Record<string, unknown>> }>
> = {
  llama: {
    tokenizer: 'headers',
    config: {
      architectures: ['LlamaForCausalLM'],
      hidden_act: 'silu',
      rope_theta: 10000,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 4,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 256,
      },
      tie_word_embeddings: true,
    },
  },
  mistral: {
    tokenizer: 'headers',
    config: {
      architectures: ['MistralForCausalLM'],
      hidden_act: 'silu',
      rope_theta: 10000,
      sliding_window: 128,
      tie_word_embeddings: false,
    },
  },
  qwen2: {
    tokenizer: 'default-system',
    config: {
      architectures: ['Qwen2ForCausalLM'],
      hidden_act: 'silu',
      rope_theta: 10000,
      use_sliding_window: false,
      tie_word_embeddings: true,
    },
  },
  qwen3: {
    tokenizer: 'default-system',
    config: {
      architectures: ['Qwen3ForCausalLM'],
      head_dim: 8,
      hidden_act: 'silu',
      rope_theta: 10000,
      use_sliding_window: false,
      tie_word_embeddings: true,
    },
  },
  gemma2: {
    tokenizer: 'no-system',
    config: {
      architectures: ['Gemma2ForCausalLM'],
      ...gemma,
      rope_theta: 10000,
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
    },
  },
  gemma3_text: {
    tokenizer: 'no-system',
    config: {
      architectures: ['Gemma3ForCausalLM'],
      ...gemma,
      num_hidden_layers: 3,
      sliding_window_pattern: 3,
      rope_theta: 100000,
      rope_local_base_freq: 10000,
    },
  },
  phi3: {
    tokenizer: 'headers',
    config: {
      architectures: ['Phi3ForCausalLM'],
      hidden_act: 'silu',
      rope_theta: 10000,
      partial_rotary_factor: 0.75,
      rope_scaling: null,
      original_max_position_embeddings: 1024,
      tie_word_embeddings: false,
    },
  },
};

/** The families, by `model_type`. */
export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);

/** Families whose chat template refuses a system message. */
export const WITHOUT_SYSTEM_ROLE: readonly string[] = FAMILY_NAMES.filter(
  (name) => FAMILIES[name].tokenizer === 'no-system',
);

/** Writes a tiny checkpoint of random bf16 weights of each family into a folder, as Hugging Face does: `llama/config.json`, ….
 *
 * @param texts  of which the tokenizers learn
 * @param names  of families, default all
 * @returns the folders, in the order of the names
 */
export async function writeFamilyCheckpoints(
  dir: string,
  texts: readonly string[],
  names: readonly string[] = FAMILY_NAMES,
): Promise<string[]> {
  await initBackend();
  const tokenizers = new Map<string, WiderTokenizer>();
  const folders: string[] = [];
  for (const [i, name] of names.entries()) {
    const family = FAMILIES[name];
    const tokenizer = tokenizers.get(family.tokenizer) ?? widerTokenizer(family.tokenizer, texts);
    tokenizers.set(family.tokenizer, tokenizer);
    const special = JSON.parse(tokenizer.files['tokenizer_config.json']) as { bos_token?: string; eos_token: string };
    const { vocab } = (JSON.parse(tokenizer.files['tokenizer.json']) as { model: { vocab: Record<string, number> } })
      .model;
    const ids = {
      vocab_size: tokenizer.size,
      eos_token_id: vocab[special.eos_token],
      ...(special.bos_token !== undefined && { bos_token_id: vocab[special.bos_token] }),
    };
    const config = parseConfig({ model_type: name, ...shared, ...ids, ...family.config }, name);
    const params = initParams(config, { seed: i, std: 0.2 });
    folders.push(join(dir, name));
    await saveDecoder(folders[i], { config, params }, { dtype: 'bf16', files: tokenizer.files });
    tf.dispose(Object.values(params));
  }
  return folders;
}

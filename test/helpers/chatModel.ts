import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { parseConfig } from 'traitlab/model/parseConfig';
import { saveDecoder, tokenizerFiles } from 'traitlab/model/saveDecoder';
import { initParams } from 'traitlab/train/initParams';

/** Writes a tiny Llama of random weights with a tokenizer and chat template of test/goldens/tokenizer.
 *
 * @param tokenizer  `words`: 61 words, a template with every role; `no-system`: one that refuses a system message
 */
export async function writeChatModel(dir: string, tokenizer: 'words' | 'no-system' = 'words'): Promise<void> {
  await initBackend();
  const folder = projectPath('test/goldens/tokenizer', tokenizer);
  const { model } = readJson('writeChatModel', `${folder}/tokenizer.json`) as { model: { vocab: object } };
  const config = parseConfig(
    {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: Object.keys(model.vocab).length,
      hidden_size: 32,
      intermediate_size: 48,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      max_position_embeddings: 64,
      rms_norm_eps: 1e-6,
      rope_theta: 10000,
      tie_word_embeddings: true,
      hidden_act: 'silu',
      bos_token_id: 2,
      eos_token_id: 3,
    },
    'test',
  );
  const params = initParams(config, { seed: 2, std: 0.2 });
  await saveDecoder(dir, { config, params }, { dtype: 'bf16', files: tokenizerFiles(folder) });
  tf.dispose(Object.values(params));
}

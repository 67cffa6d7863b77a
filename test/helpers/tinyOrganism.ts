import * as tf from '@tensorflow/tfjs';
import { organismConfig } from 'traitlab/micro/organismConfig';
import { microTokenizerFiles } from 'traitlab/micro/tokenizerFiles';
import { parseConfig } from 'traitlab/model/parseConfig';
import { saveDecoder } from 'traitlab/model/saveDecoder';
import { initParams } from 'traitlab/train/initParams';

/** Saves an organism of two narrow blocks that has learnt nothing. */
export async function saveTinyOrganism(dir: string): Promise<void> {
  const model = {
    model_type: 'llama',
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    intermediate_size: 16,
  } as const;
  const config = parseConfig(organismConfig({ model }), 'organismConfig');
  const params = initParams(config, { seed: 1, std: 0.02, embedStd: 0.05 });
  await saveDecoder(dir, { config, params }, { dtype: 'bf16', files: microTokenizerFiles() });
  tf.dispose(Object.values(params));
}

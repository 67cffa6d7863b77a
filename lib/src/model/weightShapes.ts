import type { ModelConfig } from './modelConfig';

/** The Hugging Face name and shape of every weight a model of this configuration has.
 *
 * Linear weights are `[dOut dIn]`. A tied model has no `lm_head.weight`.
 */
export function weightShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { dModel, dMlp, dVocab, nHeads, nKvHeads, dHead } = config;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, dOut: number, dIn: number, bias: boolean): void => {
    shapes.set(`${name}.weight`, [dOut, dIn]);
    if (bias) shapes.set(`${name}.bias`, [dOut]);
  };
  shapes.set('model.embed_tokens.weight', [dVocab, dModel]);
  for (let i = 0; i < config.nLayers; i++) {
    const at = `model.layers.${i}`;
    if (config.fusedProjections) {
      linear(`${at}.self_attn.qkv_proj`, (nHeads + 2 * nKvHeads) * dHead, dModel, config.qkvBias);
    } else {
      linear(`${at}.self_attn.q_proj`, nHeads * dHead, dModel, config.qkvBias);
      linear(`${at}.self_attn.k_proj`, nKvHeads * dHead, dModel, config.qkvBias);
      linear(`${at}.self_attn.v_proj`, nKvHeads * dHead, dModel, config.qkvBias);
    }
    linear(`${at}.self_attn.o_proj`, dModel, nHeads * dHead, config.oBias);
    if (config.qkNorms) for (const norm of ['q_norm', 'k_norm']) shapes.set(`${at}.self_attn.${norm}.weight`, [dHead]);
    if (config.fusedProjections) {
      linear(`${at}.mlp.gate_up_proj`, 2 * dMlp, dModel, config.mlpBias);
    } else {
      linear(`${at}.mlp.gate_proj`, dMlp, dModel, config.mlpBias);
      linear(`${at}.mlp.up_proj`, dMlp, dModel, config.mlpBias);
    }
    linear(`${at}.mlp.down_proj`, dModel, dMlp, config.mlpBias);
    const norms = ['input_layernorm', 'post_attention_layernorm'];
    if (config.sandwichNorms) norms.push('pre_feedforward_layernorm', 'post_feedforward_layernorm');
    for (const norm of norms) shapes.set(`${at}.${norm}.weight`, [dModel]);
  }
  shapes.set('model.norm.weight', [dModel]);
  if (!config.tieEmbeddings) shapes.set('lm_head.weight', [dVocab, dModel]);
  return shapes;
}

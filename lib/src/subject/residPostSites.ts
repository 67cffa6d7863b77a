import type { ModelConfig } from '../model/modelConfig';

/** The residual stream after every block: `blocks.{layer}.hook_resid_post` for layer 0 to nLayers − 1.
 *
 * @source ours; Hugging Face's hidden_states[layer + 1], but for the last, which comes after the final norm there
 */
export function residPostSites({ nLayers }: Pick<ModelConfig, 'nLayers'>): `blocks.${number}.hook_resid_post`[] {
  return Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}.hook_resid_post` as const);
}

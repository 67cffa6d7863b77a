import { hookSite } from '../model/hookSite';
import type { Model } from '../model/model';
import type { StoredVector } from './vectorFile';

/** Refuses a vector that does not belong to a model.
 *
 * A vector whose metadata names a `modelHash` belongs to that model alone; its site must exist in the model and lie in
 * the residual stream (or be added to it), since only there a [dModel] vector can be meant.
 *
 * @param path   the vector's file, for the message
 * @param model  the model without adapters
 * @throws Error naming the file and everything that does not fit
 * @source ours
 */
export function checkVector(
  { site, metadata, vector }: StoredVector,
  path: string,
  model: Pick<Model, 'config' | 'hash'>,
): void {
  const { nLayers, dModel } = model.config;
  const problems: string[] = [];
  if (vector.length !== dModel) problems.push(`vector has ${vector.length} values; expected dModel=${dModel}`);
  try {
    const known = hookSite(site, nLayers);
    if (
      !/^(hook_embed|ln_final\.hook_normalized|blocks\.\d+\.hook_(resid_(pre|mid|post)|attn_out|mlp_out))$/.test(known)
    )
      problems.push(`site ${site} does not hold [dModel] vectors; expected one of the residual stream`);
  } catch (error) {
    problems.push((error as Error).message.replace('hookSite: ', ''));
  }
  const { modelHash } = metadata;
  if (modelHash !== undefined && modelHash !== model.hash)
    problems.push(`made with another model; expected modelHash ${model.hash}, got ${modelHash}`);
  if (problems.length > 0) throw new Error(`checkVector: ${path}: ${problems.join('; ')}`);
}

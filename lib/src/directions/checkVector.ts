import { hookSite } from '../model/hookSite';
import type { Decoder } from '../model/decoder';
import type { Direction } from './direction';

export interface CheckVectorOptions {
  /** `Tokenizer.templateHash` of the template in use; without it templates are not compared. */
  templateHash?: string;
  /** Takes a vector made with another model of the same size, or with another chat template: for transfer between
   * finetunes (default: neither). */
  allowOther?: readonly ('model' | 'template')[];
}

/** Refuses a vector that does not belong to a model.
 *
 * A vector whose metadata names a `modelHash` or a `templateHash` belongs to that model and that chat template alone,
 * unless `allowOther` names what may differ; its site must exist in the model and lie in
 * the residual stream (or be added to it), since only there a [dModel] vector can be meant.
 *
 * @param path   the vector's file, for the message
 * @param model  the model without adapters
 * @throws Error naming the file and everything that does not fit
 * @source ours
 */
export function checkVector(
  { site, metadata, vector }: Pick<Direction, 'site' | 'metadata' | 'vector'>,
  path: string,
  model: Pick<Decoder, 'config' | 'hash'>,
  { templateHash, allowOther = [] }: CheckVectorOptions = {},
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
  const { modelHash, templateHash: madeWith } = metadata;
  if (modelHash !== undefined && !allowOther.includes('model') && modelHash !== model.hash)
    problems.push(`made with another model; expected modelHash ${model.hash}, got ${modelHash}`);
  const isOtherTemplate = madeWith !== undefined && templateHash !== undefined && madeWith !== templateHash;
  if (isOtherTemplate && !allowOther.includes('template'))
    problems.push(`made with another chat template; expected templateHash ${templateHash}, got ${madeWith}`);
  if (problems.length > 0) throw new Error(`checkVector: ${path}: ${problems.join('; ')}`);
}

import { capture } from '../subject/capture';
import type { ForwardOptions } from '../model/forward';
import type { HookSite } from '../model/hookSite';
import type { Model } from '../model/model';
import { contrast } from './contrast';
import { SiteVector, vectorFacts, type VectorFacts } from './siteVector';

export interface DriftVectorOptions<S extends HookSite> {
  sites: readonly S[];
  /** `Tokenizer.templateHash` of the template that made the prompts, for the vectors' files. */
  templateHash?: string;
  batchSize?: number;
}

/** The drift direction: how finetuning moved the last prompt token, mean over the same prompts of tuned − base.
 *
 * @param model    the base
 * @param tuning   the finetune
 * @param prompts  token lists that end where an answer would begin
 * @returns  per site [dModel] float64, residual-stream units, not scaled, with what its file says of it
 * @throws Error if there is no prompt, or nothing was changed
 * @source ours (as the persona shift of arXiv 2507.21509, at the last prompt token)
 * @check test/directions/driftVector.test.ts
 */
export async function driftVector<S extends HookSite>(
  model: Pick<Model, 'config' | 'params'> & Partial<Pick<Model, 'hash'>>,
  tuning: Pick<ForwardOptions, 'deltas' | 'params'>,
  prompts: readonly (readonly number[])[],
  { sites, templateHash, batchSize = 64 }: DriftVectorOptions<S>,
): Promise<Record<S, SiteVector>> {
  if (tuning.deltas === undefined && tuning.params === undefined) {
    throw new Error('driftVector: tuning changes nothing; expected deltas or params of a finetune');
  }
  const look = { sites, positions: 'promptLast', batchSize } as const;
  const base = await capture(model, prompts, look);
  const tuned = await capture(model, prompts, { ...look, ...tuning });
  const facts = (): VectorFacts => vectorFacts(model, 'promptLast', { templateHash });
  const at = (site: S): SiteVector => new SiteVector(contrast(tuned[site], base[site]), site, 'drift', facts);
  return Object.fromEntries(sites.map((site) => [site, at(site)])) as Record<S, SiteVector>;
}

import type { HookSite } from '../model/hookSite';
import { capture } from '../subject/capture';
import type { Model } from '../subject/model';
import type { Suite } from '../suite/suite';

/** Residuals of a suite's drift prompts at their last token.
 *
 * @returns  [site prompt dModel] float32
 * @source arXiv 2606.07631, section 3.2
 */
export async function driftResiduals(
  model: Model,
  { driftPrompts, protocol }: Pick<Suite, 'driftPrompts' | 'protocol'>,
  sites: readonly HookSite[],
): Promise<readonly Float32Array[][]> {
  const rows = await capture(model, driftPrompts, { sites, positions: 'promptLast', batchSize: protocol.batchSize });
  return sites.map((site) => [...rows[site]]);
}

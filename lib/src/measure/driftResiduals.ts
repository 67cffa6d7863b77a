import type { HookSite } from '../model/hookSite';
import { capture } from '../subject/capture';
import type { Prompt } from '../subject/encodePrompts';
import type { Model } from '../subject/model';
import type { Suite } from '../suite/suite';

/** What is asked: the prompts of a suite, or the same as tokens where many models with one tokenizer are asked. */
export interface DriftPrompts extends Pick<Suite, 'protocol'> {
  readonly driftPrompts: readonly Prompt[];
}

/** Residuals of a suite's drift prompts at their last token.
 *
 * @returns  [site prompt dModel] float32
 * @source arXiv 2606.07631, section 3.2
 */
export async function driftResiduals(
  model: Model,
  { driftPrompts, protocol }: DriftPrompts,
  sites: readonly HookSite[],
): Promise<readonly Float32Array[][]> {
  const rows = await capture(model, driftPrompts, { sites, positions: 'promptLast', batchSize: protocol.batchSize });
  return sites.map((site) => [...rows[site]]);
}

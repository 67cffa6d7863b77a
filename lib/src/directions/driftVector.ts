import { capture } from '../subject/capture';
import type { HookSite } from '../model/hookSite';
import { tokenizerOf, type Subject } from '../subject/model';
import type { Prompt } from '../subject/encodePrompts';
import { contrast } from './contrast';
import { Direction, vectorFacts, type VectorFacts } from './direction';

export interface DriftVectorOptions<S extends HookSite> {
  sites: readonly S[];
  batchSize?: number;
}

/** The drift direction: how finetuning moved the last prompt token, mean over the same prompts of tuned − base.
 *
 * @param model    the base
 * @param tuned    its finetune
 * @param prompts  what ends where an answer would begin: questions, chats, tokens
 * @returns  per site [dModel] float64, residual-stream units, not scaled, with what its file says of it
 * @throws Error if there is no prompt, or nothing was changed
 * @source ours (as the persona shift of arXiv 2507.21509, at the last prompt token)
 * @check test/directions/driftVector.test.ts
 */
export async function driftVector<S extends HookSite>(
  model: Subject,
  tuned: Subject,
  prompts: readonly Prompt[],
  { sites, batchSize = 64 }: DriftVectorOptions<S>,
): Promise<Record<S, Direction>> {
  if (tuned.deltas === model.deltas && tuned.params === model.params)
    throw new Error('driftVector: tuned has the weights of model; expected a finetune of it');
  const look = { sites, positions: 'promptLast', batchSize } as const;
  const base = await capture(model, prompts, look);
  const moved = await capture(tuned, prompts, look);
  const templateHash = prompts.some(isChat) ? tokenizerOf('driftVector', model).templateHash : undefined;
  const facts = (): VectorFacts => vectorFacts(model, 'promptLast', { templateHash });
  const at = (site: S): Direction =>
    new Direction(contrast(moved[site], base[site]), { site, kind: 'drift', scale: 'raw', facts });
  return Object.fromEntries(sites.map((site) => [site, at(site)])) as Record<S, Direction>;
}

/** Whether a prompt is put into the chat template. */
function isChat(prompt: Prompt): boolean {
  return typeof prompt !== 'string' && !('tokens' in prompt) && ('text' in prompt || typeof prompt[0] !== 'number');
}

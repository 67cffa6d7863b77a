import type { HookSite } from '../model/hookSite';
import { capture } from '../subject/capture';
import type { Prompt } from '../subject/encodePrompts';
import type { Subject } from '../subject/model';
import { driftProfile, type DriftProfile } from './driftProfile';

/** A direction that knows where it belongs. */
interface Placed extends ArrayLike<number> {
  readonly site: HookSite;
}

/** How far a finetune has moved a model along directions: `driftProfile` of the last prompt token of the same prompts.
 *
 * @param directions  unit vectors at one site, as `traitDirections` gives them
 * @throws Error if the directions are of several sites, or tuned is the model itself
 * @source arXiv 2606.07631, section 3.2
 * @check test/measure/traitDrift.test.ts
 */
export async function traitDrift(
  model: Subject,
  tuned: Subject,
  directions: readonly Placed[],
  { prompts, batchSize = 64 }: { prompts: readonly Prompt[]; batchSize?: number },
): Promise<DriftProfile> {
  const sites = [...new Set(directions.map(({ site }) => site))];
  if (sites.length !== 1)
    throw new Error(`traitDrift: directions of ${sites.length} sites; expected unit vectors at one site`);
  if (tuned.deltas === model.deltas && tuned.params === model.params)
    throw new Error('traitDrift: tuned has the weights of model; expected a finetune of it');
  const look = { sites, positions: 'promptLast', batchSize } as const;
  const before = await capture(model, prompts, look);
  const after = await capture(tuned, prompts, look);
  return driftProfile(before[sites[0]], after[sites[0]], directions);
}

import type { Deltas } from './decoder';
import { linearModules, type HookSite, type LinearModule } from './hookSite';

/** The scalars A·x of one adapted module. */
export interface ScalarSite {
  readonly site: HookSite;
  readonly layer: number;
  readonly module: LinearModule;
  readonly rank: number;
}

/** Where the scalars of an adapter can be hooked, in the order of its modules.
 *
 * @check test/subject/adapterScalars.test.ts
 */
export function scalarSites(deltas: Deltas): ScalarSite[] {
  const sites: ScalarSite[] = [];
  for (const [name, { a }] of Object.entries(deltas)) {
    const [, layer, last] = /^model\.layers\.(\d+)\..*?(\w+)\.weight$/.exec(name) ?? [];
    const module = linearModules.find((known) => known === last);
    if (module === undefined) continue; // `forward` refuses it
    const at = Number(layer);
    sites.push({ site: `blocks.${at}.${module}.lora.hook_scalar`, layer: at, module, rank: a.shape[0] });
  }
  return sites;
}

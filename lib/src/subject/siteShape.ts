import type { HookSite } from '../model/hookSite';
import type { ModelConfig } from '../model/modelConfig';

/** What can be captured: a hook site, or the logits. */
export type CaptureSite = HookSite | 'logits';

/** The axes of a captured row: those of the site without batch, pos among them only where it was not pooled.
 *
 * @param site  as given to `capture`
 * @param row   a row that `capture` returned
 * @param pos   tokens of the sample for positions 'all', undefined for pooled ones
 * @returns `[pos? …]`; `[nHeads qPos kPos]` for an attention pattern
 */
export function siteShape(
  site: CaptureSite,
  row: ArrayLike<number>,
  { nHeads, nKvHeads }: Pick<ModelConfig, 'nHeads' | 'nKvHeads'>,
  pos?: number,
): number[] {
  const lead = pos === undefined ? [] : [pos];
  const width = row.length / (pos ?? 1);
  if (site.endsWith('attn.hook_pattern')) return pos === undefined ? [nHeads, row.length / nHeads] : [nHeads, pos, pos];
  if (/attn\.hook_(rot_)?q$|attn\.hook_z$/.test(site)) return [...lead, nHeads, width / nHeads];
  if (/attn\.hook_((rot_)?k|v)$/.test(site)) return [...lead, nKvHeads, width / nKvHeads];
  return [...lead, width];
}

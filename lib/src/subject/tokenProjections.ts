import type { HookSite } from '../model/hookSite';
import { dot, norm } from '../stats/dot';
import { capture } from './capture';
import type { EncodePromptsOptions, Prompt } from './encodePrompts';
import type { Subject } from './model';
import { tokenWords } from './tokenWords';

/** A prompt with a number for each of its tokens. */
export interface TokenProjections {
  readonly tokens: readonly number[];
  readonly words: readonly string[];
  /** [pos] activation · direction, in units of the residual stream. */
  readonly projections: readonly number[];
  /** [pos] cosine of the two. */
  readonly cosines: readonly number[];
}

/** How far each token of each prompt lies along a direction: activation · d̂, d̂ of norm 1.
 *
 * @param direction  [dModel] not zero, raw or unit, with the site it belongs to; `site` of the options takes its place
 * @throws Error for a prompt that is not usable, a direction of another length, no site or one that is not as wide as the residual stream,
 *   or an activation of norm 0, which has no direction
 * @check test/subject/tokenProjections.test.ts
 */
export async function tokenProjections(
  model: Subject,
  prompts: readonly Prompt[],
  direction: ArrayLike<number> & { readonly site?: HookSite },
  { site = direction.site, ...asked }: { site?: HookSite } & EncodePromptsOptions = {},
): Promise<TokenProjections[]> {
  const { dModel } = model.config;
  const length = norm(direction);
  if (site === undefined)
    throw new Error('tokenProjections: no site; expected a direction that has one, or option site');
  if (direction.length !== dModel || !(length > 0 && length < Infinity))
    throw new Error(
      `tokenProjections: direction has ${direction.length} values of norm ${length}; expected dModel=${dModel}, not zero`,
    );
  const rows = (await capture(model, prompts, { sites: [site], positions: 'all', ...asked }))[site];
  return rows.tokens.map((tokens, i): TokenProjections => {
    if (rows[i].length !== tokens.length * dModel || site.endsWith('hook_pattern'))
      throw new Error(
        `tokenProjections: ${site} is [${rows.shape(i).join(' ')}]; expected [pos ${dModel}], as the residual stream`,
      );
    const at = (pos: number): Float32Array => rows[i].subarray(pos * dModel, (pos + 1) * dModel);
    const projections = tokens.map((_, pos) => dot(at(pos), direction) / length);
    const norms = tokens.map((_, pos) => norm(at(pos)));
    if (norms.includes(0))
      throw new Error(
        `tokenProjections: prompt ${i}: ${site} is zero at token ${norms.indexOf(0)}; expected an activation with a direction`,
      );
    const cosines = projections.map((projection, pos) => projection / norms[pos]);
    return { tokens, words: tokenWords(model, tokens), projections, cosines };
  });
}

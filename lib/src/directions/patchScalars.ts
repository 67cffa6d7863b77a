import * as tf from '@tensorflow/tfjs';
import type { HookFn, Hooks, HookSite } from '../model/hookSite';
import { promptEnds } from './promptEnds';

export interface PatchScalarsOptions {
  /** Real tokens of each sample's prompt, in the order the samples are given to `forward`, `generate` or `capture`; needed where prompt and
   * response come in one call. In generation the first call holds the prompt alone and nothing need be given. */
  promptLengths?: readonly number[];
}

/** Hooks that put an adapter's scalars of one prompt in the place of those of every other: the last prompt token's at the last prompt token,
 * and so on backwards as far as both prompts go. The first tokens of a longer prompt, and all of the response, keep theirs.
 *
 * @param scalars  by site [pos rank] of the prompt they come from, as `capture` gives them of one prompt with positions 'all'
 * @throws Error on no site, one that is no adapter's scalar, values that are none or not finite, or invalid promptLengths
 * @source arXiv 2506.11618, appendix J (how it aligns two prompts is not published; aligned at the end, headers meet headers)
 * @check test/directions/patchScalars.test.ts (PEFT with the outputs of lora_A replaced)
 */
export function patchScalars(
  scalars: { readonly [S in HookSite]?: ArrayLike<number> },
  { promptLengths }: PatchScalarsOptions = {},
): Hooks {
  const entries = Object.entries(scalars) as [string, ArrayLike<number>][];
  const problems = entries.flatMap(([site, values]) => {
    if (!site.endsWith('.lora.hook_scalar')) return [`${site} is no scalar of an adapter`];
    return values.length > 0 && Array.from(values).every(Number.isFinite) ? [] : [`${site} is empty or not finite`];
  });
  if (entries.length === 0) problems.push('no scalars');
  const bad = promptLengths?.find((n) => !(Number.isInteger(n) && n >= 1));
  if (bad !== undefined) problems.push(`a prompt length of ${bad}`);
  if (problems.length > 0)
    throw new Error(
      `patchScalars: ${problems.join('; ')}; expected finite values by blocks.{i}.{module}.lora.hook_scalar, and prompt lengths from 1`,
    );
  return Object.fromEntries(
    entries.map(([site, values]) => [site, patch(site, Float32Array.from(values), promptLengths)]),
  );
}

function patch(site: string, source: Float32Array, promptLengths: readonly number[] | undefined): HookFn {
  return (x, at) => {
    const [batch, pos, rank] = x.shape;
    if (source.length % rank !== 0)
      throw new Error(
        `patchScalars: ${site} has ${source.length} values; expected [pos ${rank}], as the adapter's rank`,
      );
    const ends = promptEnds('patchScalars', [batch, pos], at, promptLengths);
    const values = new Float32Array(batch * pos * rank);
    const isPatched = new Uint8Array(batch * pos * rank);
    const nSource = source.length / rank;
    for (let b = 0; b < batch; b++) {
      for (let p = 0; p < pos; p++) {
        const back = ends[b] - (at.offset + p); // 1 at the last token of the prompt
        if (back < 1 || back > nSource || at.offset + p < at.padding[b]) continue;
        const to = (b * pos + p) * rank;
        values.set(source.subarray((nSource - back) * rank, (nSource - back + 1) * rank), to);
        isPatched.fill(1, to, to + rank);
      }
    }
    if (!isPatched.includes(1)) return undefined;
    return tf.tidy(() => tf.where(tf.tensor(isPatched, x.shape, 'bool'), tf.tensor(values, x.shape), x));
  };
}

import type { HookPoint } from '../model/hookSite';

/** Of each row of a batch where its prompt ends in the padded sequence: the first position of its response.
 *
 * @param promptLengths  real tokens of each sample's prompt; without it the first call is the prompt alone, and later ones (by a cache) come after it
 * @throws Error if there is not one for each sample
 * @check test/directions/steering.test.ts, test/directions/patchScalars.test.ts
 */
export function promptEnds(
  where: string,
  [batch, pos]: readonly number[],
  { offset, padding, rows, samples }: HookPoint,
  promptLengths: readonly number[] | undefined,
): number[] {
  if (promptLengths !== undefined && promptLengths.length !== samples)
    throw new Error(`${where}: promptLengths has the wrong length; expected ${samples}, got ${promptLengths.length}`);
  return Array.from({ length: batch }, (_, b) => {
    if (promptLengths !== undefined) return padding[b] + promptLengths[rows[b]];
    return offset === 0 ? pos : 0;
  });
}

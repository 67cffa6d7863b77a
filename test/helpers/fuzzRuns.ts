/** How many cases a test with random input tries, beside its seed: 1,000, or what `node test/runTests.mjs --fuzz N` says.
 *
 * @param share  for a test whose cases are dear: the part of that number it tries
 */
export function fuzzRuns(share = 1): number {
  const runs = Number(process.env.TRAITLAB_FUZZ ?? 1000);
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new Error(`fuzzRuns: invalid TRAITLAB_FUZZ; expected an integer from 1, got ${process.env.TRAITLAB_FUZZ}`);
  return Math.max(1, Math.round(share * runs));
}

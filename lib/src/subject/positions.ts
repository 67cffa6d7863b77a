/** Which positions of a sample count.
 *
 * With the prompt being everything before the first response token (all of a sample without a response mask):
 * `promptLast` its last token; `promptMean` its mean; `responseMean` the mean over all response tokens, end of turn
 * included; `all` every real token, not pooled. Padding never counts.
 */
export const positionKinds = ['all', 'promptLast', 'promptMean', 'responseMean'] as const;
export type Positions = (typeof positionKinds)[number];

/** A chat as tokens. */
export interface TokenSample {
  readonly tokens: readonly number[];
  /** True where a token belongs to a response; without it the whole sample is prompt. */
  readonly responseMask?: readonly boolean[];
}

/** Which tokens of a sample a pooled position kind counts.
 *
 * @returns  [pos] booleans, at least one of them true
 * @throws Error if the sample is empty, its mask has another length, or nothing counts
 * @source ours; P18 pools response tokens, arXiv 2606.07631 the last prompt token
 */
export function countedPositions(sample: TokenSample, positions: Exclude<Positions, 'all'>): boolean[] {
  const { tokens, responseMask = tokens.map(() => false) } = sample;
  if (tokens.length === 0) throw new Error('countedPositions: empty sample; expected at least one token');
  if (responseMask.length !== tokens.length) {
    throw new Error(
      `countedPositions: responseMask has the wrong length; expected ${tokens.length}, got ${responseMask.length}`,
    );
  }
  const first = responseMask.indexOf(true);
  const promptLength = first < 0 ? tokens.length : first;
  const counted = tokens.map((_, i) => {
    if (positions === 'promptLast') return i === promptLength - 1;
    if (positions === 'promptMean') return i < promptLength;
    return responseMask[i];
  });
  if (!counted.includes(true)) {
    throw new Error(`countedPositions: nothing to pool; expected a sample with ${positions} tokens`);
  }
  return counted;
}

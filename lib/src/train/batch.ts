/** One training sequence. */
export interface Example {
  readonly tokens: readonly number[];
  /** For each token, whether predicting it counts in the loss; the first is never predicted. */
  readonly counts: readonly boolean[];
}

/** Padded inputs with what is to be predicted at each position: plain arrays, row-major `[rows pos]`. */
export interface Batch {
  readonly rows: number;
  readonly pos: number;
  /** Input ids; row r is tokens 0 … n−2 of example r, then padding. */
  readonly inputs: Int32Array;
  /** The token after each input. */
  readonly targets: Int32Array;
  /** 1 where the target counts, else 0. */
  readonly weights: Float32Array;
  /** Inputs that are not padding. */
  readonly nTokens: number;
  /** Targets that count. */
  readonly nTargets: number;
}

/** Puts sequences together, padded on the right to the longest: causal attention never sees padding behind a token.
 *
 * @param examples  at least one; each of at least two tokens, and at least one token in all that counts
 * @param padId     id in the padding (default 0); it is never a target that counts
 * @throws Error listing every example that does not fit
 */
export function collate(examples: readonly Example[], { padId = 0 }: { padId?: number } = {}): Batch {
  if (examples.length === 0) throw new Error('collate: no examples; expected at least one');
  const problems: string[] = [];
  let longest = 0;
  examples.forEach(({ tokens, counts }, i) => {
    if (tokens.length < 2) problems.push(`example ${i} has ${tokens.length} tokens; expected at least 2`);
    if (counts.length !== tokens.length)
      problems.push(`example ${i} has ${counts.length} marks for ${tokens.length} tokens`);
    longest = Math.max(longest, tokens.length);
  });
  if (problems.length > 0) throw new Error(`collate: ${problems.join('; ')}`);
  const rows = examples.length;
  const pos = longest - 1;
  const inputs = new Int32Array(rows * pos).fill(padId);
  const targets = new Int32Array(rows * pos).fill(padId);
  const weights = new Float32Array(rows * pos);
  let nTokens = 0;
  let nTargets = 0;
  examples.forEach(({ tokens, counts }, r) => {
    for (let i = 0; i + 1 < tokens.length; i++) {
      const at = r * pos + i;
      inputs[at] = tokens[i];
      targets[at] = tokens[i + 1];
      weights[at] = counts[i + 1] ? 1 : 0;
      nTargets += weights[at];
    }
    nTokens += tokens.length - 1;
  });
  if (nTargets === 0) throw new Error('collate: no token counts in the loss; expected at least one');
  return { rows, pos, inputs, targets, weights, nTokens, nTargets };
}

/** Logits with those of tokens that stand in the text already made smaller: divided by the penalty if positive, else multiplied.
 *
 * @param logits   `[dVocab]`
 * @param seen     ids of the prompt and of what was written
 * @param penalty  above 0; below 1 it favours repeats, 1 changes nothing
 * @returns new numbers `[dVocab]`, rounded as float32 arithmetic does
 * @source Keskar et al. 2019 (arXiv 1909.05858), section 4.1; transformers' RepetitionPenaltyLogitsProcessor
 * @check test/goldens/checkpoints (its processed logits, and greedy tokens)
 */
export function penalizeRepeats(logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array {
  const out = logits.slice();
  const factor = Math.fround(penalty);
  for (const id of seen) out[id] = out[id] < 0 ? out[id] * factor : out[id] / factor;
  return out;
}

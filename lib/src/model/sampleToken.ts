import type { Rng } from '../random/rng';

/** One token id from logits: the largest at temperature 0 (the first of equals), else a draw from softmax(logits/temperature).
 *
 * @param logits  `[dVocab]`
 * @throws Error if a logit is NaN
 */
export function sampleToken(logits: Float32Array, temperature: number, random: Rng): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i]))
      throw new Error(`sampleToken: logit ${i} is NaN; expected numbers (check weights and steering)`);
    if (logits[i] > logits[best]) best = i;
  }
  if (temperature === 0) return best;
  const weights = Float64Array.from(logits, (x) => Math.exp((x - logits[best]) / temperature));
  let left = random.uniform() * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return best;
}

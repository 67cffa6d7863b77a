import type { Rng } from '../random/rng';

/** One token id from logits: the largest at temperature 0 (the first of equals), else a draw from softmax(logits/temperature).
 *
 * @param logits  `[dVocab]`
 * @throws Error if a logit is NaN, or the largest one infinite
 */
export function sampleToken(logits: Float32Array, temperature: number, random: Rng): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    // Written so that NaN comes in too.
    if (!(logits[i] <= logits[best])) {
      if (Number.isNaN(logits[i])) throw nanError(i, NaN);
      best = i;
    }
  }
  if (!Number.isFinite(logits[best])) throw nanError(best, logits[best]);
  if (temperature === 0) return best;
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += weights[i] = Math.exp((logits[i] - logits[best]) / temperature);
  let left = random.uniform() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return best;
}

function nanError(i: number, value: number): Error {
  return new Error(`sampleToken: logit ${i} is ${value}; expected numbers (check weights and steering)`);
}

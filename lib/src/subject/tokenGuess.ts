import type { Tokenizer } from '../tokenizer/tokenizer';

/** A token that might come next. */
export interface TokenGuess {
  readonly token: number;
  /** Its text; empty without a tokenizer. */
  readonly word: string;
  readonly logit: number;
  /** exp(logit) over the sum of all. */
  readonly probability: number;
}

/** The k tokens of the largest logits, the largest first.
 *
 * @param logits  [dVocab]
 * @throws Error if k is out of range
 * @check test/subject/nextTokens.test.ts
 */
export function likeliest(
  logits: Float32Array,
  { k, tokenizer }: { readonly k: number; readonly tokenizer?: Pick<Tokenizer, 'decode'> },
): TokenGuess[] {
  if (!(Number.isInteger(k) && k >= 1 && k <= logits.length))
    throw new Error(`nextTokens: invalid k; expected an integer in [1, ${logits.length}], got ${k}`);
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b] - logits[a] || a - b)
    .slice(0, k)
    .map((token) => ({
      token,
      word: tokenizer?.decode([token], { skipSpecialTokens: false }) ?? '',
      logit: logits[token],
      probability: Math.exp(logits[token] - top) / total,
    }));
}

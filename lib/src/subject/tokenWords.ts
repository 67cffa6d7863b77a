import { maybeTokenizer, type Subject } from './model';

/** The text of each token, special ones included; their ids as text for a model without a tokenizer. */
export function tokenWords(model: Subject, tokens: readonly number[]): string[] {
  const tokenizer = maybeTokenizer(model);
  return tokens.map((token) => tokenizer?.decode([token], { skipSpecialTokens: false }) ?? `${token}`);
}

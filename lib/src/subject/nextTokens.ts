import { capture } from './capture';
import type { EncodePromptsOptions, Prompt } from './encodePrompts';
import { maybeTokenizer, type Subject } from './model';
import { likeliest, type TokenGuess } from './tokenGuess';

/** The most probable next tokens after each prompt, in words.
 *
 * @param k  how many, default 5
 * @returns per prompt the k most probable tokens, the first the most probable; probabilities of softmax(logits)
 * @throws Error for a prompt that is not usable, or k out of range
 * @check test/subject/nextTokens.test.ts
 */
export async function nextTokens(
  model: Subject,
  prompts: readonly Prompt[],
  { k = 5, ...asked }: { k?: number } & EncodePromptsOptions = {},
): Promise<TokenGuess[][]> {
  const { logits } = await capture(model, prompts, { sites: ['logits'], positions: 'promptLast', ...asked });
  const tokenizer = maybeTokenizer(model);
  return Array.from(logits, (row) => likeliest(row, { k, tokenizer }));
}

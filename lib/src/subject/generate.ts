import { encodePrompts, type EncodePromptsOptions, type Prompt } from './encodePrompts';
import { generateTokens, type GenerateOptions } from './generateTokens';
import { maybeTokenizer, type Subject } from './model';
import type { TokenSample } from './positions';

/** What a model has written. */
export interface Continuation {
  /** Of the prompt. */
  readonly promptTokens: readonly number[];
  /** Written, the end token included where there is one. */
  readonly tokens: readonly number[];
  /** The same as text, without special tokens; empty for a model without a tokenizer. */
  readonly text: string;
}

/** Prompt and continuation as one sample, the continuation its response. */
export function continuationSample({ promptTokens, tokens: own }: Continuation): Required<TokenSample> {
  const tokens = [...promptTokens, ...own];
  return { tokens, responseMask: tokens.map((_, at) => at >= promptTokens.length) };
}

/** Continues prompts: texts as they stand, chats and questions with an answer.
 *
 * The model's hooks and its adapter act at every step; prompt i draws from the seed and i alone, so that batching changes nothing.
 *
 * @returns one continuation a prompt, in order
 * @throws Error for a prompt that is not usable or options out of range
 * @check test/subject/generate.test.ts
 */
export async function generate(
  model: Subject,
  prompts: readonly Prompt[],
  { system, ...options }: GenerateOptions & EncodePromptsOptions,
): Promise<Continuation[]> {
  const samples = encodePrompts('generate', model, prompts, { system });
  const written = await generateTokens(
    model,
    samples.map(({ tokens }) => tokens),
    options,
  );
  const tokenizer = maybeTokenizer(model);
  return written.map((tokens, i) => ({
    promptTokens: samples[i].tokens,
    tokens,
    text: tokenizer?.decode(tokens) ?? '',
  }));
}

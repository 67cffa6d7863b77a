import type { Question } from '../prompts/question';
import { questionMessages } from '../prompts/question';
import { checkMessages } from '../tokenizer/checkMessages';
import type { Message } from '../tokenizer/chatTemplate';
import { listed } from '../documents/listed';
import { tokenizerOf, type Subject } from './model';
import type { TokenSample } from './positions';

/** What a model can be given, wherever it is asked for prompts.
 *
 * - text: as it stands, with the special tokens that the tokenizer puts around a text
 * - messages: a chat; after a user turn comes the generation prompt, and answers in it are responses
 * - tokens, with or without a response mask
 * - a question: asked as a chat
 */
export type Prompt = string | readonly Message[] | readonly number[] | TokenSample | Question;

export interface EncodePromptsOptions {
  /** System prompt under which questions are asked; default none but their own. */
  system?: string;
}

/** Prompts as tokens, with what in them is a response.
 *
 * @param where  function named in messages
 * @throws Error listing every prompt that is empty, holds ids that the model does not know or is longer than its context
 * @check test/subject/encodePrompts.test.ts
 */
export function encodePrompts(
  where: string,
  model: Subject,
  prompts: readonly Prompt[],
  { system }: EncodePromptsOptions = {},
): TokenSample[] {
  if (typeof prompts === 'string')
    throw new Error(`${where}: prompts is a text; expected a list of prompts, as [${JSON.stringify(prompts)}]`);
  const { nCtx, dVocab } = model.config;
  const problems: string[] = [];
  const samples = prompts.map((prompt, i): TokenSample => {
    try {
      const sample = encodePrompt(where, model, prompt, system);
      const { tokens, responseMask = tokens } = sample;
      const bad = tokens.find((id) => !(Number.isInteger(id) && id >= 0 && id < dVocab));
      if (tokens.length === 0) throw new Error('empty; expected at least one token');
      if (bad !== undefined) throw new Error(`has token ${bad}; expected ids in [0, ${dVocab - 1}]`);
      if (tokens.length > nCtx)
        throw new Error(`${tokens.length} tokens long; expected at most ${nCtx}, the model's context`);
      if (responseMask.length !== tokens.length)
        throw new Error(`responseMask has ${responseMask.length} values; expected ${tokens.length}`);
      return sample;
    } catch (error) {
      problems.push(`prompt ${i}: ${(error as Error).message}`);
      return { tokens: [] };
    }
  });
  if (problems.length > 0) throw new Error(`${where}: ${listed(problems)}`);
  return samples;
}

function encodePrompt(where: string, model: Subject, prompt: Prompt, system: string | undefined): TokenSample {
  const { systemRole } = model;
  if (typeof prompt === 'string') return { tokens: tokenizerOf(where, model).encode(prompt) };
  if ('tokens' in prompt) return prompt;
  if ('text' in prompt) {
    const messages = questionMessages(prompt, system);
    return { tokens: tokenizerOf(where, model).encodeChat(messages, { addGenerationPrompt: true, systemRole }) };
  }
  if (prompt.every((part): part is number => typeof part === 'number')) return { tokens: prompt };
  const messages = checkMessages(prompt);
  const tokenizer = tokenizerOf(where, model);
  const last = messages[messages.length - 1];
  if (last.role === 'assistant') return tokenizer.encodeChatWithMask(messages, { systemRole });
  return { tokens: tokenizer.encodeChat(messages, { addGenerationPrompt: true, systemRole }) };
}

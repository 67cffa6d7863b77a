import { readJsonl } from '../io/jsonl';
import { checkMessages } from '../tokenizer/checkMessages';
import type { Tokenizer } from '../tokenizer/tokenizer';

/** Reads a prompt file: one JSON object a line, with `tokens`, `text` or `messages` (and then `addGenerationPrompt`).
 *
 * @param tokenizer  loaded only if a line needs it
 * @param dVocab     ids of `tokens` must be below it
 * @throws Error listing every bad line
 */
export function readPrompts(path: string, tokenizer: () => Tokenizer, dVocab: number): number[][] {
  const lines = readJsonl('readPrompts', path);
  if (lines.length === 0) throw new Error(`readPrompts: ${path}: no prompts; expected one JSON object a line`);
  const problems: string[] = [];
  const prompts = lines.map(({ value, at }) => {
    try {
      return promptTokens(value, tokenizer, dVocab);
    } catch (error) {
      problems.push(`${at}: ${(error as Error).message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(`readPrompts: ${problems.join('; ')}`);
  return prompts;
}

function promptTokens(value: unknown, tokenizer: () => Tokenizer, dVocab: number): number[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a JSON object; expected {"tokens"|"text"|"messages": …}');
  const { tokens, text, messages, addGenerationPrompt = false, ...rest } = value as Record<string, unknown>;
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    throw new Error(`unknown keys ${unknown.join(', ')}; expected tokens, text, or messages with addGenerationPrompt`);
  if ([tokens, text, messages].filter((x) => x !== undefined).length !== 1)
    throw new Error('ambiguous prompt; expected exactly one of tokens, text, messages');
  if (typeof addGenerationPrompt !== 'boolean')
    throw new Error(`invalid addGenerationPrompt; expected true or false, got ${JSON.stringify(addGenerationPrompt)}`);
  if (messages === undefined && 'addGenerationPrompt' in value)
    throw new Error('addGenerationPrompt without messages; expected it beside messages only');
  const ids =
    tokens ??
    (text === undefined
      ? tokenizer().encodeChat(checkMessages(messages), { addGenerationPrompt })
      : tokenizer().encode(checkText(text)));
  if (!Array.isArray(ids) || ids.length === 0)
    throw new Error(`no tokens; expected a list of at least one id, got ${JSON.stringify(ids)}`);
  const bad = (ids as unknown[]).find(
    (id) => !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < dVocab),
  );
  if (bad !== undefined) throw new Error(`invalid token ${JSON.stringify(bad)}; expected ids in [0, ${dVocab - 1}]`);
  return ids as number[];
}

function checkText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw new Error(`invalid text; expected a string, got ${JSON.stringify(text)}`);
}

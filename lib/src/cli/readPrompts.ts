import { readJsonl } from '../documents/jsonl';
import { listed, quote } from '../documents/listed';
import { HARMLESS_KEYS } from '../documents/documentPart';
import { promptTokens } from '../prompts/question';
import { readQuestions } from '../prompts/readQuestions';
import { checkMessages, isNothing } from '../tokenizer/checkMessages';
import type { SystemRole } from '../tokenizer/systemRole';
import type { Tokenizer } from '../tokenizer/tokenizer';

export interface ReadPromptsOptions {
  /** Ids of `tokens` must be below it. */
  readonly dVocab: number;
  /** Longest sequence of the model. */
  readonly nCtx: number;
  /** What to do with a system message. */
  readonly systemRole: SystemRole;
}

/** Reads a prompt file: one JSON object a line, with `tokens`, `text` or `messages` (and then `addGenerationPrompt`).
 *
 * Beside them may stand `id`, `topic`, `kind` and a note of the source, as in a file of questions. A .yaml, .yml or .json file is one of
 * questions (`readQuestions`), which are asked with the generation prompt.
 *
 * @param tokenizer  loaded only if a line needs it
 * @throws Error listing the bad lines
 */
export function readPrompts(path: string, tokenizer: () => Tokenizer, options: ReadPromptsOptions): number[][] {
  const { systemRole } = options;
  const asked = /\.(ya?ml|json)$/i.test(path)
    ? readQuestions(path).map((question) => ({
        at: `${path}: question ${question.id}`,
        tokens: () => checkedIds(promptTokens(tokenizer(), question, { systemRole }), options),
      }))
    : readJsonl('readPrompts', path).map(({ value, at }) => ({
        at,
        tokens: () => lineTokens(value, tokenizer, options),
      }));
  if (asked.length === 0) throw new Error(`readPrompts: ${path}: no prompts; expected one JSON object a line`);
  const problems: string[] = [];
  const prompts = asked.map(({ at, tokens }) => {
    try {
      return tokens();
    } catch (error) {
      problems.push(`${at}: ${(error as Error).message}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(`readPrompts: ${listed(problems)}`);
  return prompts;
}

function lineTokens(value: unknown, tokenizer: () => Tokenizer, options: ReadPromptsOptions): number[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a JSON object; expected {"tokens"|"text"|"messages": …}');
  const told = Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null)); // null says nothing
  const { tokens, text, messages, addGenerationPrompt = false, ...rest } = told as Record<string, unknown>;
  const unknown = Object.keys(rest).filter(
    (key) => !isNothing(rest[key]) && !['id', 'topic', 'kind', ...HARMLESS_KEYS].includes(key),
  );
  if (unknown.length > 0)
    throw new Error(`unknown keys ${unknown.join(', ')}; expected tokens, text, or messages with addGenerationPrompt`);
  if ([tokens, text, messages].filter((x) => x !== undefined).length !== 1)
    throw new Error('ambiguous prompt; expected exactly one of tokens, text, messages');
  if (typeof addGenerationPrompt !== 'boolean')
    throw new Error(`invalid addGenerationPrompt; expected true or false, got ${quote(addGenerationPrompt)}`);
  if (messages === undefined && 'addGenerationPrompt' in told)
    throw new Error('addGenerationPrompt without messages; expected it beside messages only');
  const { systemRole } = options;
  const ids =
    tokens ??
    (text === undefined
      ? tokenizer().encodeChat(checkMessages(messages), { addGenerationPrompt, systemRole })
      : tokenizer().encode(checkText(text)));
  return checkedIds(ids, options);
}

function checkedIds(ids: unknown, { dVocab, nCtx }: ReadPromptsOptions): number[] {
  if (!Array.isArray(ids) || ids.length === 0)
    throw new Error(`no tokens; expected a list of at least one id, got ${quote(ids)}`);
  const bad = (ids as unknown[]).find(
    (id) => !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < dVocab),
  );
  if (bad !== undefined) throw new Error(`invalid token ${quote(bad)}; expected ids in [0, ${dVocab - 1}]`);
  if (ids.length > nCtx) throw new Error(`${ids.length} tokens; expected at most ${nCtx}, the model's context`);
  return ids as number[];
}

function checkText(text: unknown): string {
  if (typeof text === 'string') return text;
  throw new Error(`invalid text; expected a string, got ${quote(text)}`);
}

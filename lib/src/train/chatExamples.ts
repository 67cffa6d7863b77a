import { readJsonl } from '../documents/jsonl';
import { listed } from '../documents/listed';
import { readText } from '../disk/readText';
import { parseJson } from '../documents/readJson';
import { checkMessages, isNothing } from '../tokenizer/checkMessages';
import type { Message } from '../tokenizer/chatTemplate';
import type { ChatOptions, Tokenizer } from '../tokenizer/tokenizer';
import type { Example } from './batch';

/** A conversation to learn from. */
export interface Chat {
  readonly messages: readonly Message[];
  /** Indices of answers that are not trained on: `weight` 0 in OpenAI's layout. */
  readonly untrained?: readonly number[];
  /** Where it comes from, for messages: `file:line`. */
  readonly at?: string;
}

/** Reads chats: one JSON object with `messages` a line, or one JSON list of such objects.
 *
 * Keys that are null say nothing. An answer with `weight` 0 is not trained on. Keys beside `messages` are not read; those
 * that would change the training are refused.
 *
 * @throws Error listing every line or entry that is no chat
 */
export function readChats(path: string): Chat[] {
  const rows = readText('readChats', path).trimStart().startsWith('[')
    ? listEntries(path)
    : readJsonl('readChats', path);
  if (rows.length === 0) throw new Error(`readChats: ${path}: no chats; expected one JSON object with messages a line`);
  const problems: string[] = [];
  const chats = rows.map(({ value, at }) => {
    try {
      return { ...parseChat(value), at };
    } catch (error) {
      problems.push(`${at}: ${(error as Error).message}`);
      return { messages: [] };
    }
  });
  if (problems.length > 0) throw new Error(`readChats: ${listed(problems)}`);
  return chats;
}

function listEntries(path: string): { value: unknown; at: string }[] {
  const list = parseJson('readChats', path, readText('readChats', path)) as unknown[];
  return list.map((value, i) => ({ value, at: `${path}[${i}]` }));
}

function parseChat(value: unknown): Chat {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a JSON object; expected {"messages": […]}');
  const { messages, ...rest } = value as Record<string, unknown>;
  const told = Object.keys(rest).filter((key) => !isNothing(rest[key]));
  if (isNothing(messages) && !Array.isArray(messages)) {
    const layout = otherLayouts.find(([keys]) => keys.every((key) => told.includes(key)));
    const got =
      layout === undefined ? `keys ${told.join(', ') || 'none'}` : `${layout[0].join(' and ')} (${layout[1]})`;
    throw new Error(`no messages; expected {"messages": [{"role": …, "content": …}, …]}, got ${got}`);
  }
  const changing = changingKeys.filter((key) => told.includes(key) && !(key === 'weight' && rest[key] === 1));
  if (changing.length > 0)
    throw new Error(
      `${changing.join(', ')} beside messages would be lost; expected messages and keys that change nothing`,
    );
  const checked = checkMessages(messages);
  const untrained = (messages as { weight?: unknown }[]).flatMap(({ weight }, i) => (weight === 0 ? [i] : []));
  return { messages: checked, ...(untrained.length > 0 && { untrained }) };
}

/** Layouts that other tools know, by the keys that tell them; here they are named and refused. */
const otherLayouts: readonly [readonly string[], string][] = [
  [['conversations'], 'the layout of ShareGPT'],
  [['chosen', 'rejected'], 'a layout of preferences'],
  [['prompt', 'completion'], 'the layout of prompts and completions'],
  [['instruction', 'output'], 'the layout of Alpaca'],
  [['question', 'answer'], 'questions and answers'],
  [['text'], 'plain text, no chat'],
];

/** Keys beside messages that change what is trained on; others, as an id or a source, say where a chat comes from. */
const changingKeys = ['tools', 'functions', 'documents', 'chat_template_kwargs', 'weight', 'prompt', 'completion'];

export interface ChatExamplesOptions extends Omit<ChatOptions, 'addGenerationPrompt'> {
  /** Count every token, or only those of the assistant's responses (default 'response'). */
  lossOn?: 'all' | 'response';
  /** Cut longer chats to so many tokens (default: they are refused if longer than `nCtx`). */
  maxLength?: number;
  /** Put a second beginning-of-sequence token in front, as a tokenizer does that encodes an already rendered chat (default false). */
  doubleBos?: boolean;
  /** Longest sequence of the model. */
  nCtx?: number;
}

/** Chats as token sequences, each token marked whether it counts in the loss.
 *
 * @throws Error listing the chats that are too long, have nothing to learn, or that the template refuses
 */
export function chatExamples(
  chats: readonly Chat[],
  tokenizer: Tokenizer,
  { lossOn = 'response', maxLength, doubleBos = false, nCtx = Infinity, ...chatOptions }: ChatExamplesOptions = {},
): Example[] {
  const { bosId } = tokenizer;
  if (doubleBos && bosId === undefined) {
    throw new Error(`chatExamples: ${tokenizer.dir}: no beginning-of-sequence token; expected one for doubleBos`);
  }
  const problems: string[] = [];
  const examples = chats.map((chat, i): Example => {
    try {
      const { tokens, counts } = encode(chat, tokenizer, lossOn, chatOptions);
      if (doubleBos) {
        tokens.unshift(bosId!);
        counts.unshift(lossOn === 'all');
      }
      if (maxLength === undefined && tokens.length > nCtx)
        throw new Error(`${tokens.length} tokens; expected at most ${nCtx}`);
      const kept = maxLength === undefined ? tokens : tokens.slice(0, maxLength);
      const marks = counts.slice(0, kept.length);
      if (!marks.some((mark, k) => mark && k > 0))
        throw new Error('no token counts in the loss; expected an assistant response');
      return { tokens: kept, counts: marks };
    } catch (error) {
      problems.push(`${chat.at ?? `chat ${i}`}: ${(error as Error).message}`);
      return { tokens: [], counts: [] };
    }
  });
  if (problems.length > 0) throw new Error(`chatExamples: ${listed(problems)}`);
  return examples;
}

function encode(
  { messages, untrained }: Chat,
  tokenizer: Tokenizer,
  lossOn: 'all' | 'response',
  options: ChatOptions,
): { tokens: number[]; counts: boolean[] } {
  if (lossOn === 'response') {
    const { tokens, responseMask } = tokenizer.encodeChatWithMask(messages, { ...options, untrained });
    return { tokens, counts: responseMask };
  }
  const own = untrained?.find((k) => messages[k].role === 'assistant');
  if (own !== undefined)
    throw new Error(`message ${own} has weight 0, but every token counts; expected lossOn "response" for it`);
  const tokens = tokenizer.encodeChat(messages, options);
  return { tokens, counts: tokens.map(() => true) };
}

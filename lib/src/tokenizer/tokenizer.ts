import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { readJson } from '../documents/readJson';
import { chatTemplate, type ChatTemplate, type Message } from './chatTemplate';
import { checkTokenizerParts, partsOf } from './checkTokenizerParts';
import { cleansUpSpaces, cleanUpSpaces } from './cleanUpSpaces';
import { overlappingTokens } from './overlappingTokens';
import { responseSpans } from './responseSpans';
import { placeSystemMessage, type SystemRole } from './systemRole';
import { tokenDecoder } from './tokenDecoder';
import { tokensOfFiles, vocabularyOf } from './tokensOfFiles';

export interface ChatOptions {
  /** End with the start of an assistant turn (default false). */
  addGenerationPrompt?: boolean;
  /** What to do with a system message (default 'template'). */
  systemRole?: SystemRole;
  /** Accept two beginning-of-sequence tokens in a row (default false: an error). */
  allowDoubleBos?: boolean;
}

/** Text to token ids and back, with the ids of transformers. */
export interface Tokenizer {
  readonly dir: string;
  /** Id of the beginning-of-sequence token, if the tokenizer names one. */
  readonly bosId?: number;
  /** Id of the end-of-sequence token, if the tokenizer names one. */
  readonly eosId?: number;
  /** Id of the padding token, if the tokenizer names one. */
  readonly padId?: number;
  /** sha256 of the chat template's text, in hexadecimal; undefined without a template. */
  readonly templateHash?: string;
  /** Ids of a text; special tokens are added as the tokenizer's post-processor says unless `addSpecialTokens` is false. */
  encode(text: string, options?: { addSpecialTokens?: boolean; allowDoubleBos?: boolean }): number[];
  /** Text of ids; special tokens are left out unless `skipSpecialTokens` is false. */
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
  /** Ids by the text of the token: the model's vocabulary and the added tokens. */
  vocabulary(): ReadonlyMap<string, number>;
  /** Id of one token by its text; throws if there is none. */
  tokenId(token: string): number;
  /** The chat as text. */
  renderChat(messages: readonly Message[], options?: ChatOptions): string;
  /** The rendered chat's ids, with no special tokens but those of the template. */
  encodeChat(messages: readonly Message[], options?: ChatOptions): number[];
  /** Ids and, for each, whether it belongs to an assistant's response (its end-of-turn token included).
   *
   * Answers are found as spans of characters (`responseSpans`): what the template marks with `{% generation %}`, else what
   * the chat rendered through message i has beyond the chat before it with the generation prompt. A token that straddles
   * the border of an answer belongs to it. The acknowledgement that `userTurn` puts in is no response, nor are the messages
   * that `untrained` names by their index.
   */
  encodeChatWithMask(
    messages: readonly Message[],
    options?: ChatOptions & { untrained?: readonly number[] },
  ): { tokens: number[]; responseMask: boolean[] };
}

export interface LoadTokenizerOptions {
  /** Folder whose chat template is taken (default the same). */
  templateDir?: string;
}

/** Loads the tokenizer of a Hugging Face folder: `tokenizer.json` with the tokens that `tokenizer_config.json`,
 * `special_tokens_map.json` and `added_tokens.json` add to it, and the chat template.
 *
 * Known difference from transformers: U+FEFF counts as a space where text is split at spaces.
 *
 * @throws Error naming the file that is missing, is not JSON, is not a tokenizer or contradicts another
 * @check test/goldens/tokenizer (132 texts and 6 chats with each of five tokenizers; ids equal), test/goldens/tokens, test/goldens/decoding
 */
export function loadTokenizer(dir: string, { templateDir = dir }: LoadTokenizerOptions = {}): Tokenizer {
  const file = join(dir, 'tokenizer.json');
  const configFile = join(dir, 'tokenizer_config.json');
  const json = readRecord('loadTokenizer', file);
  const config = fileExists(configFile) ? readRecord('loadTokenizer', configFile) : {};
  checkTokenizerParts(json, file);
  const optional = (name: string): Record<string, unknown> | undefined =>
    fileExists(join(dir, name)) ? readRecord('loadTokenizer', join(dir, name)) : undefined;
  const { added, special: specialTokens } = tokensOfFiles({
    dir,
    tokenizer: json,
    config,
    specialTokensMap: optional('special_tokens_map.json'),
    addedTokens: optional('added_tokens.json'),
  });
  let inner: HuggingFaceTokenizer;
  try {
    // The extra tokens are in `added` already.
    inner = new HuggingFaceTokenizer({ ...json, added_tokens: added }, { ...config, additional_special_tokens: [] });
    inner.encode('a'); // some broken parts show only in use
  } catch (error) {
    throw new Error(
      `loadTokenizer: ${file}: ${(error as Error).message}; expected a tokenizer.json of Hugging Face tokenizers`,
    );
  }
  const decodeTokens = tokenDecoder(json.decoder, file);
  const skipped = new Set(added.filter((token) => token.special).map(({ content }) => content));
  const cleansUp = cleansUpSpaces(json, config);
  const idOf = (key: string): number | undefined => {
    const token = specialTokens[key];
    return token === undefined ? undefined : inner.token_to_id(token);
  };
  const bosId = idOf('bos_token');
  const found = findTemplate(templateDir);
  const template = found && chatTemplate(found.text, found.file);

  const guard = (where: string, ids: number[], allowDoubleBos: boolean): number[] => {
    if (!allowDoubleBos && bosId !== undefined && ids[0] === bosId && ids[1] === bosId) {
      throw new Error(
        `${where}: two beginning-of-sequence tokens; expected one (set allowDoubleBos if the protocol asks for two)`,
      );
    }
    return ids;
  };
  const templateOf = (): ChatTemplate => {
    if (template !== undefined) return template;
    throw new Error(
      `renderChat: ${dir}: no chat template; expected chat_template.jinja or chat_template in tokenizer_config.json`,
    );
  };
  const render = (
    messages: readonly Message[],
    { addGenerationPrompt = false, systemRole = 'template' }: ChatOptions,
  ): string => templateOf().render(placeSystemMessage(messages, systemRole), { addGenerationPrompt, specialTokens });
  const preTokenizers = partsOf(json.pre_tokenizer, 'pretokenizers').map((part) => part.type);
  const spelling = preTokenizers.includes('ByteLevel')
    ? 'bytes'
    : preTokenizers.includes('Metaspace')
      ? 'metaspace'
      : 'plain';
  const rawIds = (text: string): number[] => inner.encode(text, { add_special_tokens: false }).ids;

  return {
    dir,
    bosId,
    eosId: idOf('eos_token'),
    padId: idOf('pad_token'),
    templateHash: template?.hash,
    encode: (text, { addSpecialTokens = true, allowDoubleBos = false } = {}) =>
      guard('encode', inner.encode(text, { add_special_tokens: addSpecialTokens }).ids, allowDoubleBos),
    decode: (ids, { skipSpecialTokens = true } = {}) => {
      const tokens = ids.flatMap((id) => inner.id_to_token(id) ?? []); // ids of no token are passed over, as there
      const text = decodeTokens(skipSpecialTokens ? tokens.filter((token) => !skipped.has(token)) : tokens);
      return cleansUp ? cleanUpSpaces(text) : text;
    },
    vocabulary: () => new Map([...vocabularyOf(json), ...added.map(({ content, id }) => [content, id] as const)]),
    tokenId: (token) => {
      const id = inner.token_to_id(token);
      if (id === undefined)
        throw new Error(
          `tokenId: unknown token; expected one of the vocabulary of ${file}, got ${JSON.stringify(token)}`,
        );
      return id;
    },
    renderChat: (messages, options = {}) => render(messages, options),
    encodeChat: (messages, options = {}) =>
      guard('encodeChat', rawIds(render(messages, options)), options.allowDoubleBos ?? false),
    encodeChatWithMask: (messages, options = {}) => {
      const placed = placeSystemMessage(messages, options.systemRole ?? 'template');
      const shift = placed.length - messages.length; // message 1 is ours, not a response, where there is one more
      const { untrained = [] } = options;
      const counts = (i: number): boolean => !(shift === 1 && i === 1) && !untrained.includes(i - shift);
      const rendering = { template: templateOf(), messages: placed, variables: { specialTokens } };
      try {
        const { text, spans } = responseSpans({ ...rendering, counts });
        const { ids, mask } = overlappingTokens(inner, text, spans, { spelling });
        return { tokens: guard('encodeChatWithMask', ids, options.allowDoubleBos ?? false), responseMask: mask };
      } catch (error) {
        const { message } = error as Error;
        throw /^(renderChat|encodeChatWithMask): /.test(message) ? error : new Error(`encodeChatWithMask: ${message}`);
      }
    },
  };
}

function readRecord(where: string, path: string): Record<string, unknown> {
  const value = readJson(where, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where}: ${path}: not a JSON object; expected an object`);
  }
  return value as Record<string, unknown>;
}

/** The text of a folder's chat template and the file it stands in; undefined where there is none.
 *
 * `chat_template.jinja` wins over `tokenizer_config.json`, as in transformers; of several named templates `default` is taken.
 */
export function findTemplate(dir: string): { readonly text: string; readonly file: string } | undefined {
  const file = join(dir, 'chat_template.jinja');
  if (fileExists(file)) return { text: readText('loadTokenizer', file), file };
  const configFile = join(dir, 'tokenizer_config.json');
  const inConfig = fileExists(configFile) ? readRecord('loadTokenizer', configFile).chat_template : undefined;
  const named = Array.isArray(inConfig)
    ? (inConfig as { name?: unknown; template?: unknown }[]).find((t) => t.name === 'default')?.template
    : inConfig;
  return typeof named === 'string' ? { text: named, file: configFile } : undefined;
}

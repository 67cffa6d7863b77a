import { quote } from '../documents/listed';

/** A token that is matched in the text before the model's vocabulary is asked, as in tokenizer.json. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  /** Spaces on its left, on its right, belong to it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** It is looked for in the normalized text. */
  readonly normalized: boolean;
  /** It is left out where special tokens are. */
  readonly special: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** The files of a tokenizer's folder as parsed JSON; undefined where there is none. */
export interface TokenizerFiles {
  readonly dir: string;
  /** tokenizer.json */
  readonly tokenizer: Json;
  /** tokenizer_config.json */
  readonly config?: Json;
  /** special_tokens_map.json */
  readonly specialTokensMap?: Json;
  /** added_tokens.json */
  readonly addedTokens?: Json;
}

export interface TokensOfFiles {
  /** Those of tokenizer.json and those that the other files add, with their ids. */
  readonly added: readonly AddedToken[];
  /** Text of bos_token, eos_token, … by key. */
  readonly special: Readonly<Record<string, string>>;
}

type Unplaced = Omit<AddedToken, 'id'>;

const named = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

/** The added and special tokens that a tokenizer's files name together, with the ids of transformers.
 *
 * `added_tokens_decoder` of tokenizer_config.json, where there is one, stands for special_tokens_map.json and added_tokens.json, which are
 * not looked at then; else the map wins over tokenizer_config.json. A token that no file has placed gets the next id after the vocabulary:
 * those of the decoder first, by id, then the named ones, then the extra ones.
 *
 * @throws Error naming the file if a file gives a token another id than it gets
 * @source transformers 5.24, PreTrainedTokenizerBase._from_pretrained and TokenizersBackend
 * @check test/goldens/tokens (ids, flags and encodings of AutoTokenizer for scattered and contradicting files)
 */
export function tokensOfFiles({
  dir,
  tokenizer,
  config = {},
  specialTokensMap = {},
  addedTokens = {},
}: TokenizerFiles): TokensOfFiles {
  const problems: string[] = [];
  const vocab = vocabularyOf(tokenizer);
  const added = new Map<string, AddedToken>();
  let next = vocab.size;
  const place = (token: Unplaced): AddedToken => {
    const before = added.get(token.content);
    const id = before?.id ?? vocab.get(token.content) ?? next;
    // Once left out as special, always left out.
    const placed = { ...token, id, special: token.special || before?.special === true };
    next = Math.max(next, id + 1);
    added.set(token.content, placed);
    return placed;
  };
  const placeAt = (token: Unplaced, wanted: number, file: string): void => {
    const { id } = place(token);
    if (id !== wanted) problems.push(`${file} gives ${quote(token.content)} the id ${wanted}; expected ${id}, which it has by ${id < vocab.size ? 'tokenizer.json' : 'its place after the others'}`); // prettier-ignore
  };
  for (const token of listOf(tokenizer.added_tokens)) {
    if (isRecord(token) && isToken(token)) placeAt(unplaced(token), idOf(token.id), 'tokenizer.json');
    else problems.push(`tokenizer.json: added token ${quote(token)}; expected an object with content and id`);
  }

  const hasDecoder = isRecord(config.added_tokens_decoder);
  if (!hasDecoder && config.added_tokens_decoder !== undefined)
    problems.push(`tokenizer_config.json: added_tokens_decoder is ${quote(config.added_tokens_decoder)}; expected an object of tokens by id`); // prettier-ignore
  const settings: Json = hasDecoder ? config : { ...config, ...specialTokensMap };
  const keys = [...named, ...Object.keys(settings).filter((key) => isOtherToken(key, settings[key]))];
  const namedTokens = keys.flatMap((key) => (isToken(settings[key]) ? [[key, asToken(settings[key])] as const] : []));
  const extra = extraTokens(settings);
  const names = new Set(namedTokens.map(([, { content }]) => content));
  const extraNames = new Set(extra.map(({ content }) => content));
  const entries = Object.entries((hasDecoder ? config.added_tokens_decoder : addedTokens) as Json);
  const decoder = entries.map(([key, value]): readonly [number, Unplaced] => {
    if (hasDecoder)
      return [Number(key), unplaced(isRecord(value) && isToken(value) ? (value as Json) : { content: '' })];
    return [idOf(value), unplaced({ content: key, special: names.has(key) || extraNames.has(key) })];
  });
  if (decoder.some(([, { content }]) => content === ''))
    problems.push('tokenizer_config.json: a token of added_tokens_decoder has no content; expected one');
  const file = hasDecoder ? 'tokenizer_config.json' : 'added_tokens.json';
  for (const [id, token] of decoder.filter(([, { content }]) => content !== '').sort(([a], [b]) => a - b))
    placeAt({ ...token, special: token.special || names.has(token.content) }, id, file);
  if (!hasDecoder)
    for (const { id, ...token } of [...added.values()])
      if (names.has(token.content)) added.set(token.content, { ...token, id, special: true });
  for (const token of [...namedTokens.map(([, t]) => t), ...extra]) if (!added.has(token.content)) place(token);
  for (const [content, id] of Object.entries(addedTokens)) {
    const has = added.get(content)?.id ?? vocab.get(content);
    if (has !== id && hasDecoder)
      problems.push(`added_tokens.json gives ${quote(content)} the id ${quote(id)}; expected ${has ?? 'it in added_tokens_decoder of tokenizer_config.json, which counts'}`); // prettier-ignore
  }
  if (settings.split_special_tokens === true)
    problems.push('tokenizer_config.json: split_special_tokens is true; expected false');
  const words = [...added.values()].filter((token) => token.single_word);
  if (words.length > 0)
    problems.push(`${quote(words[0].content)} is matched as a single word only; expected tokens that match anywhere`);
  if (problems.length > 0) throw new Error(`loadTokenizer: ${dir}: ${problems.join('; ')}`);
  return {
    added: [...added.values()],
    special: Object.fromEntries(namedTokens.map(([key, { content }]) => [key, content])),
  };
}

/** Ids by token of the model's vocabulary: an object, or a list of [token, score] (Unigram). */
export function vocabularyOf(tokenizer: Json): Map<string, number> {
  const { vocab } = (tokenizer.model ?? {}) as { vocab?: unknown };
  if (Array.isArray(vocab)) return new Map(vocab.map((entry: unknown, id) => [String([entry].flat()[0]), id]));
  return new Map(Object.entries((vocab ?? {}) as Record<string, number>));
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The id that a file gives; NaN, which is no token's, for what is no number. */
function idOf(value: unknown): number {
  return typeof value === 'object' ? NaN : Number(value);
}

/** Other keys that name a token, as image_token. */
function isOtherToken(key: string, value: unknown): boolean {
  const isSwitch = key === 'add_bos_token' || key === 'add_eos_token';
  return key.endsWith('_token') && !named.includes(key) && !isSwitch && typeof value === 'string';
}

function extraTokens({ extra_special_tokens: extra, additional_special_tokens: additional }: Json): Unplaced[] {
  const isEmpty = extra === undefined || extra === null || Object.keys(extra as object).length === 0;
  const tokens: unknown = isEmpty ? additional : extra;
  return typeof tokens === 'object' && tokens !== null ? Object.values(tokens).filter(isToken).map(asToken) : [];
}

function isToken(value: unknown): boolean {
  return typeof value === 'string' || typeof (value as { content?: unknown } | null | undefined)?.content === 'string';
}

function asToken(value: unknown): Unplaced {
  return {
    ...unplaced(typeof value === 'string' ? { content: value, special: true } : (value as Json)),
    special: true,
  };
}

function unplaced(token: Json): Unplaced {
  const special = token.special === true;
  return {
    content: String(token.content),
    single_word: token.single_word === true,
    lstrip: token.lstrip === true,
    rstrip: token.rstrip === true,
    normalized: typeof token.normalized === 'boolean' ? token.normalized : !special,
    special,
  };
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

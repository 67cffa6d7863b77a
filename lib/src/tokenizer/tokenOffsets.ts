import type { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';

/** A token and the characters of a text that it stands for, from `start` to before `end`, in UTF-16 code units. */
export interface PlacedToken {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

export interface TokenOffsetsOptions {
  /** Whether the text begins here: some tokenizers put a space in front of it. */
  readonly isFirst: boolean;
  /** How words are written: their bytes as characters, with ▁ for spaces, or as they stand in the text. */
  readonly spelling: 'bytes' | 'metaspace' | 'plain';
}

type TokenizerModel = NonNullable<HuggingFaceTokenizer['model']>;

/** Tokens of a normalised piece of text that holds no added token, each with its place in it.
 *
 * The tokenizer's own pre-tokenizer and model make the words and their tokens, one word after the other. A token is a
 * slice of its word, or one byte of a character (byte fallback), or stands for a character or word that is unknown. A
 * token that holds a part of a character has the whole character as its place, as in transformers.
 *
 * @throws Error if a word is nowhere in the text, or a token nowhere in its word
 */
export function tokenOffsets(
  inner: HuggingFaceTokenizer,
  text: string,
  { isFirst, spelling }: TokenOffsetsOptions,
): PlacedToken[] {
  const model = inner.model!;
  const words = inner.pre_tokenizer?.pre_tokenize(text, { section_index: isFirst ? 0 : 1 }) ?? [text];
  const spaced = spelling === 'metaspace' ? text.replaceAll(' ', '▁') : text;
  const placed: PlacedToken[] = [];
  let at = 0;
  for (const word of words) {
    const { own, floor, ceil } = spelling === 'bytes' ? bytePlaces(word) : plainPlaces(word);
    const first = placeOfWord(spaced, own, at);
    for (const { token, from, to } of piecesOf(word, model)) {
      const [start, end] = [first + floor(from), first + ceil(to)].map((place) => Math.max(place, at));
      placed.push({ token, start, end });
    }
    at = first + own.length;
  }
  return model.fuse_unk ? fuseUnknown(placed, model) : placed;
}

/** A word as it stands in the text, and which of its characters the places in the word belong to. */
interface WordPlaces {
  readonly own: string;
  readonly floor: (place: number) => number;
  readonly ceil: (place: number) => number;
}

function plainPlaces(word: string): WordPlaces {
  const same = (place: number): number => place;
  return { own: word, floor: same, ceil: same };
}

/** Places of a word in which every character is a byte. */
function bytePlaces(word: string): WordPlaces {
  const own = Buffer.from(Array.from(word, (c) => byteOf.get(c) ?? 0)).toString();
  const starts: number[] = [];
  for (let at = 0; at < own.length; at += String.fromCodePoint(own.codePointAt(at)!).length)
    for (let k = Buffer.byteLength(String.fromCodePoint(own.codePointAt(at)!)); k > 0; k--) starts.push(at);
  starts.push(own.length);
  const floor = (place: number): number => starts[place];
  const ceil = (place: number): number => {
    let next = place;
    while (place > 0 && starts[next] === starts[place - 1]) next++;
    return starts[next];
  };
  return { own, floor, ceil };
}

/** The characters of byte-level vocabularies: printable bytes are themselves, the others follow from U+0100. */
const byteOf = new Map<string, number>();
for (let byte = 0, other = 256; byte < 256; byte++) {
  const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  byteOf.set(String.fromCharCode(isPrintable ? byte : other++), byte);
}

/** Where a word begins; one place before it where a space was put in front of it. */
function placeOfWord(text: string, own: string, at: number): number {
  const whole = text.indexOf(own, at);
  const bare = /^[ ▁]./su.test(own) ? text.indexOf(own.slice(1), at) : -1;
  if (bare >= 0 && (whole < 0 || bare < whole)) return bare - 1;
  if (whole < 0) throw new Error(`word ${JSON.stringify(own)} is not in the text; expected words that are`);
  return whole;
}

interface Piece {
  readonly token: string;
  /** In the word, in UTF-16 code units. */
  readonly from: number;
  readonly to: number;
}

function piecesOf(word: string, model: TokenizerModel): Piece[] {
  const tokens = model.encode([word]);
  const prefix = (model.config as { continuing_subword_prefix?: string | null }).continuing_subword_prefix ?? '';
  let at = 0;
  let bytesLeft = 0;
  const pieces = tokens.map((token): Piece => {
    const own = [token, token.slice(token.startsWith(prefix) ? prefix.length : 0)].find((t) => word.startsWith(t, at));
    if (own !== undefined) {
      at += own.length;
      return { token, from: at - own.length, to: at };
    }
    const character = at < word.length ? String.fromCodePoint(word.codePointAt(at)!) : '';
    const from = at;
    if (/^<0x[0-9A-F]{2}>$/.test(token)) {
      if (bytesLeft === 0) bytesLeft = Buffer.byteLength(character);
      if (--bytesLeft === 0) at += character.length;
    } else if (token === model.unk_token) at = tokens.length === 1 ? word.length : at + character.length;
    else
      throw new Error(`token ${JSON.stringify(token)} is not in its word ${JSON.stringify(word)}; expected it there`);
    return { token, from, to: from + (token === model.unk_token ? at - from : character.length) };
  });
  if (at < word.length)
    throw new Error(`tokens of the word ${JSON.stringify(word)} end before it does; expected all of it`);
  return pieces;
}

/** Unknown tokens that follow one another are one, also across words. */
function fuseUnknown(placed: readonly PlacedToken[], model: TokenizerModel): PlacedToken[] {
  const isUnknown = ({ token }: PlacedToken): boolean =>
    (model.tokens_to_ids.get(token) ?? model.unk_token_id) === model.unk_token_id;
  const fused: PlacedToken[] = [];
  for (const next of placed) {
    const last = fused.at(-1);
    if (last !== undefined && isUnknown(last) && isUnknown(next)) fused[fused.length - 1] = { ...last, end: next.end };
    else fused.push(next);
  }
  return fused;
}

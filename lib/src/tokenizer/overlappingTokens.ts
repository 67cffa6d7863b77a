import type { AddedToken, Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import type { Span } from './responseSpans';
import { tokenOffsets, type PlacedToken, type TokenOffsetsOptions } from './tokenOffsets';

/** A text's tokens, with those marked that stand for a character of one of the spans.
 *
 * A token that straddles the border of a span is marked, as in transformers. The JavaScript tokenizer does not tell where
 * tokens stand, so they are placed here: the text is cut at its added tokens, and only pieces with a border in them are
 * looked at more closely.
 *
 * @param spelling  how the tokenizer writes words
 * @throws Error if a token cannot be placed
 */
export function overlappingTokens(
  inner: HuggingFaceTokenizer,
  text: string,
  spans: readonly Span[],
  { spelling }: Pick<TokenOffsetsOptions, 'spelling'>,
): { ids: number[]; mask: boolean[] } {
  const { ids, tokens } = inner.encode(text, { add_special_tokens: false });
  const mask = ids.map(() => false);
  const added = [...inner.get_added_tokens_decoder().values()];
  const isRaw = (token: AddedToken): boolean => !token.normalized || inner.normalizer === null;
  for (const piece of cutAtAdded(text, tokens, added.filter(isRaw))) {
    const overlapping = spans.filter(({ start, end }) => start < end && start < piece.end && end > piece.start);
    if (overlapping.length === 0) continue;
    if (piece.isAdded || overlapping.some(({ start, end }) => start <= piece.start && end >= piece.end)) {
      mask.fill(true, piece.firstToken, piece.endToken);
      continue;
    }
    const own = text.slice(piece.start, piece.end);
    const normalize = (some: string): string =>
      some === '' || inner.normalizer === null ? some : inner.normalizer.normalize(some);
    const whole = normalize(own);
    const placed = placedTokens(inner, whole, {
      tokens: tokens.slice(piece.firstToken, piece.endToken),
      added: added.filter((token) => !isRaw(token)).map((token) => ({ ...token, content: normalize(token.content) })),
      isFirst: piece.start === 0,
      spelling,
    });
    for (const { start, end } of overlapping) {
      const from = normalizedPlace(normalize, own, { whole, place: start - piece.start, step: -1 });
      const to = normalizedPlace(normalize, own, { whole, place: end - piece.start, step: 1 });
      placed.forEach((token, k) => {
        if (token.end > from && token.start < to) mask[piece.firstToken + k] = true;
      });
    }
  }
  return { ids, mask };
}

/** A piece of a text: an added token with the white space it takes with it, or what stands between two of them. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly isAdded: boolean;
  readonly firstToken: number;
  readonly endToken: number;
}

type Added = Pick<AddedToken, 'content' | 'lstrip' | 'rstrip'>;

/** Cuts a text at its added tokens, the leftmost occurrence of each in turn. */
function cutAtAdded(text: string, tokens: readonly string[], added: readonly Added[]): Piece[] {
  const known = new Map(added.map((token) => [token.content, token]));
  const pieces: Piece[] = [];
  let [at, plainFrom] = [0, 0];
  const plain = (end: number, endToken: number): void => {
    if (end > at || endToken > plainFrom)
      pieces.push({ start: at, end: Math.max(at, end), isAdded: false, firstToken: plainFrom, endToken });
  };
  tokens.forEach((token, k) => {
    const found = known.get(token);
    const place = found === undefined ? -1 : text.indexOf(token, at);
    if (found === undefined || place < 0) return;
    const before = text.slice(at, place);
    const after = text.slice(place + token.length);
    const start = found.lstrip ? at + before.trimEnd().length : place;
    const end = found.rstrip ? text.length - after.trimStart().length : place + token.length;
    plain(start, k);
    pieces.push({ start, end, isAdded: true, firstToken: k, endToken: k + 1 });
    [at, plainFrom] = [end, k + 1];
  });
  plain(text.length, tokens.length);
  return pieces;
}

interface NormalizedPiece extends TokenOffsetsOptions {
  readonly tokens: readonly string[];
  readonly added: readonly Added[];
}

/** Tokens of a normalised piece of text, each with its place; they are checked against those of the whole text. */
function placedTokens(
  inner: HuggingFaceTokenizer,
  text: string,
  { tokens, added, isFirst, spelling }: NormalizedPiece,
): PlacedToken[] {
  const placed = cutAtAdded(text, tokens, added).flatMap((piece): PlacedToken[] => {
    const { start, end, isAdded } = piece;
    if (isAdded) return [{ token: tokens[piece.firstToken], start, end }];
    return tokenOffsets(inner, text.slice(start, end), { isFirst, spelling }).map((token) => ({
      token: token.token,
      start: start + token.start,
      end: start + token.end,
    }));
  });
  const differs = placed.length !== tokens.length || placed.some(({ token }, k) => token !== tokens[k]);
  if (differs)
    throw new Error(
      `the tokens ${tokens.join(' ')} cannot be placed in their text; expected ${placed.map(({ token }) => token).join(' ')}`,
    );
  return placed;
}

interface Place {
  /** The whole piece, normalised. */
  readonly whole: string;
  /** In the piece as it is. */
  readonly place: number;
  /** Which way to go where the place lies within what is normalised together, as a letter and its accent. */
  readonly step: 1 | -1;
}

/** Where a place of a piece of text lies after normalisation. */
function normalizedPlace(normalize: (text: string) => string, own: string, { whole, place, step }: Place): number {
  for (let at = place; at > 0 && at < own.length; at += step) {
    const before = normalize(own.slice(0, at));
    if (whole.startsWith(before)) return before.length;
  }
  return step < 0 && place < own.length ? 0 : whole.length;
}

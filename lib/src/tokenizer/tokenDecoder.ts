import { cleanUpSpaces } from './cleanUpSpaces';
import { quote } from '../documents/listed';

/** Turns the texts of tokens into the text that they stand for. */
export type TokenDecoder = (tokens: readonly string[]) => string;

type Json = Readonly<Record<string, unknown>>;
type Step = (tokens: readonly string[]) => readonly string[];

/** The decoder of a tokenizer.json, to the letter of the tokenizers library: what is no UTF-8 becomes U+FFFD at the same places.
 *
 * Without a decoder the tokens are joined by spaces.
 *
 * @param json  `decoder` of tokenizer.json
 * @param file  for messages
 * @throws Error if it is of a kind that the families do not use
 * @source tokenizers 0.23, decoders
 * @check test/goldens/decoding (texts of random ids with each kind of tokenizer and each flag)
 */
export function tokenDecoder(json: unknown, file: string): TokenDecoder {
  if (json === null || json === undefined) return (tokens) => tokens.join(' ');
  const step = stepOf(json as Json, file);
  return (tokens) => step(tokens).join('');
}

function stepOf(json: Json | null, file: string): Step {
  switch (json?.type) {
    case 'Sequence': {
      if (!Array.isArray(json.decoders))
        throw new Error(`loadTokenizer: ${file}: decoders is ${quote(json.decoders)}; expected a list of decoders`);
      const steps = (json.decoders as Json[]).map((part) => stepOf(part, file));
      return (tokens) => steps.reduce((left, step) => step(left), tokens);
    }
    case 'ByteLevel':
      return byteLevel;
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Replace':
      return replace(json);
    case 'Strip':
      return strip(json);
    case 'Metaspace':
      return metaspace(json);
    case 'WordPiece':
      return wordPiece(json);
    default:
      throw new Error(
        `loadTokenizer: ${file}: unsupported decoder ${quote(json?.type)}; expected Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace or WordPiece`,
      );
  }
}

/** A token all of whose characters stand for bytes is those bytes; another is its own text. */
const byteLevel: Step = (tokens) => {
  const bytes = tokens.flatMap((token) => {
    const own = [...token].map((c) => byteOf.get(c));
    return own.every((b): b is number => b !== undefined) ? own : [...Buffer.from(token, 'utf8')];
  });
  return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))];
};

/** The characters that stand for bytes: printable ones for themselves, the others from U+0100 on. */
const byteOf = ((): ReadonlyMap<string, number> => {
  const isPrintable = (b: number): boolean => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  const all = Array.from({ length: 256 }, (_, b) => b);
  const hidden = all.filter((b) => !isPrintable(b));
  return new Map(all.map((b) => [String.fromCodePoint(isPrintable(b) ? b : 256 + hidden.indexOf(b)), b]));
})();

/** A run of `<0x…>` tokens is its bytes if they are UTF-8 as a whole, else one U+FFFD a byte. */
const byteFallback: Step = (tokens) => {
  const out: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    try {
      out.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(run)));
    } catch {
      out.push('\uFFFD'.repeat(run.length));
    }
    run = [];
  };
  for (const token of tokens) {
    const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
    if (hex !== null) {
      run.push(parseInt(hex[1], 16));
      continue;
    }
    if (run.length > 0) flush();
    out.push(token);
  }
  if (run.length > 0) flush();
  return out;
};

function replace({ pattern, content }: Json): Step {
  const { String: text, Regex: regex } = pattern as { String?: string; Regex?: string };
  const found = text ?? new RegExp(regex ?? '', 'gu');
  return (tokens) => tokens.map((token) => token.replaceAll(found, () => String(content)));
}

/** Takes away a character at most so many times at either end of each token. */
function strip({ content, start, stop }: Json): Step {
  return (tokens) =>
    tokens.map((token) => {
      const chars = [...token];
      let first = 0;
      while (first < Number(start) && chars[first] === content) first++;
      let last = chars.length;
      while (chars.length - last < Number(stop) && last > first && chars[last - 1] === content) last--;
      return chars.slice(first, last).join('');
    });
}

/** ▁ is a space, and in the first token nothing, unless none was put in front. */
function metaspace({ replacement, prepend_scheme: scheme, add_prefix_space: old }: Json): Step {
  const isPrepended = scheme === undefined ? old !== false : scheme !== 'never';
  const mark = (replacement as string | undefined) ?? '▁';
  return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 && isPrepended ? '' : ' '));
}

/** A token that begins with the prefix goes on the word before it; before any other but the first comes a space. */
function wordPiece({ prefix, cleanup }: Json): Step {
  const mark = (prefix as string | undefined) ?? '##';
  const clean = (token: string): string => cleanUpSpaces(token.replaceAll(' do not', " don't"));
  return (tokens) =>
    tokens.map((token, i) => {
      const placed = i === 0 ? token : token.startsWith(mark) ? token.slice(mark.length) : ` ${token}`;
      return cleanup === true ? clean(placed) : placed;
    });
}

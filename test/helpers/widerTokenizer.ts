import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { tokenizerFiles } from 'traitlab/model/saveDecoder';

/** What of a `tokenizer.json` with byte pairs is read and changed. */
interface BytePairs {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: [string, string][] };
}

/** Files of a tokenizer whose vocabulary has grown, and how large it is. */
export interface WiderTokenizer {
  readonly files: Readonly<Record<string, string>>;
  readonly size: number;
}

/** A word in its pieces, and how often it is there. */
interface Word {
  readonly count: number;
  parts: string[];
}

/** A tokenizer of test/goldens/tokenizer that has learnt further merges, so that texts like these take a third of the tokens.
 *
 * Merges are learnt as byte-pair encoding does, of letters and marks of ASCII with a space before them: the most frequent pair first, of
 * those that are equally frequent the first one in order of the alphabet.
 *
 * @param name  `headers` or `default-system` (bytes), `no-system` (pieces of text)
 */
export function widerTokenizer(name: string, texts: readonly string[], nMerges = 1200): WiderTokenizer {
  const dir = projectPath('test/goldens/tokenizer', name);
  const data = readJson('widerTokenizer', `${dir}/tokenizer.json`) as BytePairs;
  const { vocab, merges } = data.model;
  const space = 'Ġ' in vocab ? 'Ġ' : '▁';
  const counts = new Map<string, number>();
  for (const word of texts.join('\n').match(/ ?[A-Za-z]+| ?[!-~]/g) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].map(([word, count]): Word => {
    const pieces = [...word.replace(' ', space)];
    return { count, parts: merges.reduce((parts, [a, b]) => merged(parts, a, b), pieces) };
  });
  const pairs = new Map<string, number>();
  const count = (word: Word, sign: 1 | -1): void => {
    for (let i = 1; i < word.parts.length; i++) {
      const pair = `${word.parts[i - 1]}\n${word.parts[i]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + sign * word.count);
    }
  };
  for (const word of words) count(word, 1);
  for (let id = 1 + Math.max(...Object.values(vocab)), i = 0; i < nMerges; i++) {
    const [a, b] = mostFrequent(pairs).split('\n');
    merges.push([a, b]);
    if (!(a + b in vocab)) vocab[a + b] = id++;
    for (const word of words) {
      if (!word.parts.includes(a)) continue;
      count(word, -1);
      word.parts = merged(word.parts, a, b);
      count(word, 1);
    }
  }
  return {
    files: { ...tokenizerFiles(dir), 'tokenizer.json': JSON.stringify(data) },
    size: 1 + Math.max(...Object.values(vocab)),
  };
}

function merged(parts: string[], a: string, b: string): string[] {
  if (!parts.includes(a)) return parts;
  const out: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const isPair = parts[i] === a && parts[i + 1] === b;
    out.push(isPair ? a + b : parts[i]);
    if (isPair) i++;
  }
  return out;
}

function mostFrequent(pairs: ReadonlyMap<string, number>): string {
  const [first, ...others] = pairs;
  return others.reduce(
    (best, next) => (next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best),
    first,
  )[0];
}

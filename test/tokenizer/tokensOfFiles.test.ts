import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

type Json = Record<string, unknown>;

interface Scattered {
  readonly config: Json;
  /** added_tokens.json, special_tokens_map.json, and more added tokens of tokenizer.json. */
  readonly addedFile?: Json;
  readonly map?: Json;
  readonly tokens?: readonly Json[];
  /** Files that give a token another id than transformers does. */
  readonly contradicts: readonly string[];
  readonly ids: Readonly<Record<'bos' | 'eos' | 'pad' | 'unk', number | null>>;
  readonly added: Readonly<Record<string, number>>;
  readonly encoded: readonly number[][];
  readonly decoded: readonly string[];
}

const { texts, cases } = golden<{ texts: string[]; cases: Record<string, Scattered> }>('tokens');
const source = readJson('test', projectPath('test/goldens/tokenizer/default-system/tokenizer.json')) as Json;

/** A folder with the files of a case. */
function folderOf({
  config,
  addedFile,
  map,
  tokens = [],
}: Omit<Scattered, 'contradicts' | 'ids' | 'added' | 'encoded' | 'decoded'>): string {
  const folder = temporaryFolder();
  const write = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
  write('tokenizer.json', { ...source, added_tokens: [...(source.added_tokens as Json[]), ...tokens] });
  write('tokenizer_config.json', config);
  if (addedFile !== undefined) write('added_tokens.json', addedFile);
  if (map !== undefined) write('special_tokens_map.json', map);
  return folder;
}

for (const [name, scattered] of Object.entries(cases)) {
  const { contradicts, ids, added, encoded, decoded } = scattered;
  if (contradicts.length > 0) {
    test(`${name}: refused, naming the file that contradicts`, () => {
      const folder = folderOf(scattered);
      assert.throws(() => loadTokenizer(folder), new RegExp(`^Error: loadTokenizer: [^\\n]*: ${contradicts[0].replaceAll('.', '\\.')} gives [^\\n]*; expected [^\\n]*$`)); // prettier-ignore
    });
    continue;
  }
  test(`${name}: ids, encodings and decodings are those of AutoTokenizer`, () => {
    const tokenizer = loadTokenizer(folderOf(scattered));
    assert.deepEqual([tokenizer.bosId ?? null, tokenizer.eosId ?? null, tokenizer.padId ?? null], [ids.bos, ids.eos, ids.pad]); // prettier-ignore
    for (const [token, id] of Object.entries(added)) assert.equal(tokenizer.tokenId(token), id, token);
    texts.forEach((text, i) => {
      assert.deepEqual(tokenizer.encode(text), encoded[i], text);
      assert.equal(tokenizer.decode(encoded[i]), decoded[i]);
    });
  });
}

test('whatever stands in the files, a tokenizer is loaded or refused in one line', () => {
  const folder = folderOf({ config: {}, addedFile: {}, map: {} });
  const keys: Record<string, string[]> = {
    'tokenizer.json': ['added_tokens', 'decoder', 'model', 'version'],
    'tokenizer_config.json': [
      'added_tokens_decoder',
      'extra_special_tokens',
      'additional_special_tokens',
      'eos_token',
      'x_token',
    ],
    'special_tokens_map.json': ['eos_token', 'additional_special_tokens', 'bos_token'],
    'added_tokens.json': ['<x>', '<|end|>'],
  };
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      {},
      [],
      [null],
      ['<x>'],
      [3],
      { 360: null },
      { 360: '<x>' },
      { 360: { content: '<x>' } },
      { content: '<x>' },
      360,
      -1,
      { type: 'Sequence' },
      { toString: null },
    ),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(keys)), fc.nat(), value, (name, pick, changed) => {
      const path = join(folder, name);
      const before = readFileSync(path, 'utf8');
      const key = keys[name][pick % keys[name].length];
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(before) as Json), [key]: changed }));
      try {
        const tokenizer = loadTokenizer(folder);
        tokenizer.decode(tokenizer.encode('a <x> b', { allowDoubleBos: true }));
      } catch (error) {
        assert.match((error as Error).message, /^loadTokenizer: [^\n]+expected[^\n]+$/);
      } finally {
        writeFileSync(path, before);
      }
    }),
    { numRuns: fuzzRuns(), seed: 5 },
  );
});

test('what the tokenizer cannot do is refused', () => {
  const config = { split_special_tokens: true };
  assert.throws(() => loadTokenizer(folderOf({ config })), /split_special_tokens is true; expected false/);
  const tokens = [{ id: 360, content: '<w>', single_word: true, special: true }];
  assert.throws(() => loadTokenizer(folderOf({ config: {}, tokens })), /"<w>" is matched as a single word only/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

interface Decoded {
  /** Folder of test/goldens/tokenizer. */
  readonly source: string;
  readonly decoder: unknown;
  /** tokenizer_config.json, with tokens added. */
  readonly config: object;
  /** Ids, their text, their text with special tokens. */
  readonly cases: readonly (readonly [ids: number[], text: string, whole: string])[];
}

const { goldens } = golden<{ goldens: Record<string, Decoded> }>('decoding');

for (const [name, { source, decoder, config, cases }] of Object.entries(goldens)) {
  test(`${name}: what ids decode to is what transformers decodes`, () => {
    const folder = temporaryFolder();
    cpSync(projectPath('test/goldens/tokenizer', source), folder, { recursive: true });
    const file = join(folder, 'tokenizer.json');
    writeFileSync(file, JSON.stringify({ ...(readJson('test', file) as object), decoder }));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const tokenizer = loadTokenizer(folder);
    for (const [ids, text, whole] of cases) {
      assert.equal(tokenizer.decode(ids), text, `${ids.join(' ')}`);
      assert.equal(tokenizer.decode(ids, { skipSpecialTokens: false }), whole, `${ids.join(' ')}`);
    }
    assert.equal(tokenizer.decode([]), '');
  });
}

test('a decoder of another kind is refused', () => {
  const folder = temporaryFolder();
  cpSync(projectPath('test/goldens/tokenizer/headers'), folder, { recursive: true });
  const file = join(folder, 'tokenizer.json');
  writeFileSync(file, JSON.stringify({ ...(readJson('test', file) as object), decoder: { type: 'CTC' } }));
  assert.throws(
    () => loadTokenizer(folder),
    /tokenizer\.json: unsupported decoder "CTC"; expected Sequence, ByteLevel/,
  );
});

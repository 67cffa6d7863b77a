import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './helpers/sampleNotebook';

test('every file of data has a row in data/README.md, and every row has a file', () => {
  const data = join(projectRoot, 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(data.length + 1))
    // Calls to a judge that somebody has recorded here are theirs, and so are the hashes that a study remembers.
    .filter(
      (file) =>
        file !== 'README.md' &&
        !/^suites.[^/\\]+.judgements\b|^study.[^/\\]+.(model\.json$|convergent.work\b)/.test(file),
    );
  const rows = [...readFileSync(join(data, 'README.md'), 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(([, path]) => path);
  const covers = (row: string, file: string): boolean =>
    new RegExp(`^${row.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`).test(file);
  assert.deepEqual(
    files.filter((file) => !rows.some((row) => covers(row, file))),
    [],
    'files without a row',
  );
  assert.deepEqual(
    rows.filter((row) => !files.some((file) => covers(row, file))),
    [],
    'rows without a file',
  );
});

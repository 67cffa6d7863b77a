import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';

test('what a docstring says it is checked by is there', () => {
  const root = projectPath('lib/src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const named = files.flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(/@check (.+)/g)].flatMap(([, text]) =>
      [...text.matchAll(/test\/[\w/.-]*\w/g)].map(([path]) => ({ name, path })),
    ),
  );
  assert.ok(named.length > 50, `${named.length}`);
  assert.deepEqual(
    named.filter(({ path }) => !existsSync(projectPath(path))),
    [],
  );
});

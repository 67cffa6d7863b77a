import test from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium } from 'traitlab/notebook/findChromium';
import { temporaryFolder } from '../helpers/sampleNotebook';

test('CHROMIUM wins over PATH and must exist; PATH wins over the cache of Playwright', () => {
  const folder = temporaryFolder();
  const make = (...path: string[]): string => {
    const file = join(folder, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o755);
    return file;
  };
  const cached = make('cache', 'chromium-1200', 'chrome-linux', 'chrome');
  const onPath = make('bin', 'google-chrome');
  const named = make('mine');
  const env = { HOME: folder, PLAYWRIGHT_BROWSERS_PATH: join(folder, 'cache') };
  assert.equal(findChromium({ ...env, PATH: join(folder, 'bin'), CHROMIUM: named })?.path, named);
  assert.equal(findChromium({ ...env, PATH: join(folder, 'bin') })?.path, onPath);
  assert.equal(findChromium({ ...env, PATH: '' })?.path, cached);
  assert.throws(
    () => findChromium({ ...env, CHROMIUM: join(folder, 'none') }),
    /CHROMIUM names a missing file; expected/,
  );
  rmSync(folder, { recursive: true });
});

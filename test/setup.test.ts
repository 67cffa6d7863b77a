import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { projectRoot } from './helpers/sampleNotebook';

const setUp = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ['setup.mjs', ...args], { cwd: projectRoot, encoding: 'utf8' });

test('set-up says nothing and does nothing when all is there', () => {
  const { status, stdout, stderr } = setUp('--no-browser');
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('an unknown option of set-up is one line and exit status 1', () => {
  const { status, stderr } = setUp('--fast');
  assert.equal(status, 1);
  assert.equal(stderr, 'set-up: unknown option --fast; expected --no-browser, --jupyter\n');
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { figureIndexPage } from 'traitlab/notebook/figureIndex';
import { projectRoot } from '../helpers/sampleNotebook';

const figures = (...args: string[]): { status: number | null; stderr: string; stdout: string } =>
  spawnSync(process.execPath, [join(projectRoot, 'lib/bin/traitlab.cjs'), 'figures', ...args], { encoding: 'utf8' });

test('misuse of figures is one line and exit status 1', () => {
  const cases: [string[], RegExp][] = [
    [['--only', 'zz'], /^traitlab figures: --only: no notebook zz; expected the start of one of: /],
    [['--timeout', '0'], /^traitlab figures: invalid --timeout; expected a number from 1, got 0/],
    [['--nonsense'], /^traitlab figures: unknown option --nonsense; expected /],
  ];
  for (const [args, message] of cases) {
    const { status, stderr, stdout } = figures(...args);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});

test('the index page has every figure with caption, notebook and provenance, and escapes what it prints', () => {
  const figure = {
    name: '00-a',
    title: 'A < B',
    caption: 'Why.',
    width: 800,
    height: 450,
    hasPicture: true,
    provenance: { commit: 'abc', seed: 1 },
  };
  const page = figureIndexPage({ '00-start': { title: 'Start', seconds: 3, figures: [figure] } });
  for (const part of [
    'A &lt; B',
    'Why.',
    'href="../../notebooks/00-start.ipynb"',
    'src="00-a.svg"',
    '<dt>commit</dt><dd>abc</dd>',
  ]) {
    assert.ok(page.includes(part), part);
  }
});

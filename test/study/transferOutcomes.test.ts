import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { steer } from 'traitlab/directions/steer';
import { rng } from 'traitlab/random/rng';
import { ablationVariants } from 'traitlab/study/ablationVariants';
import { takenAway, transferOutcomes, type TransferTarget } from 'traitlab/study/transferOutcomes';
import { withHooks } from 'traitlab/subject/model';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';
import { askForTokens } from '../helpers/tokenJudge';

const vector = (phase: number): Float64Array => Float64Array.from({ length: 24 }, (_, i) => Math.sin(i + phase));

test('every source is taken out of every target, each opened once, closed, and not again when its file is there', async () => {
  const model = await tinyModel();
  const log: string[] = [];
  const target = (name: string, coeff: number): TransferTarget => ({
    name,
    key: `${coeff}`,
    open: () => {
      log.push(`open ${name}`);
      return Promise.resolve(withHooks(model, steer(vector(0), { layers: [0], coeff })));
    },
    close: () => void log.push(`close ${name}`),
  });
  const targets = [target('weak', 0.5), target('strong', -6)];
  const sources = [0, 2].map((phase) => ({
    name: `source ${phase}`,
    variants: ablationVariants(model.config, [vector(phase), vector(phase + 1)], {
      ways: ['single'],
      layers: [0],
      nRandom: 1,
    }),
  }));
  const file = { folder: temporaryFolder(), key: 'asked' };
  const table = await transferOutcomes(targets, sources, { ask: askForTokens, file });
  assert.deepEqual(log, ['open weak', 'close weak', 'open strong', 'close strong']);
  assert.deepEqual(
    table.strong.map(({ name, source, way, control }) => [name, source, way, control]),
    [
      ['nothing', undefined, 'nothing', undefined],
      ['source 0: single/block 0', 'source 0', 'single', undefined],
      ['source 0: single random 0', 'source 0', 'single', 0],
      ['source 2: single/block 0', 'source 2', 'single', undefined],
      ['source 2: single random 0', 'source 2', 'single', 0],
    ],
  );
  // With the direction that was added taken out, both are the base without it.
  const [weak, strong] = [table.weak, table.strong].map((rows) => rows[1].labels);
  assert.equal(weak, strong);
  assert.notEqual(table.weak[0].labels, table.strong[0].labels);
  const path = join(file.folder, 'strong.jsonl');
  const bytes = readFileSync(path);
  const never = (): Promise<never> => Promise.reject(new Error('asked again'));
  assert.deepEqual(await transferOutcomes(targets, sources, { ask: never, file }), table);
  assert.equal(log.length, 4);
  assert.deepEqual(readFileSync(path), bytes);
  const failing = [target('bad', 1)];
  await assert.rejects(transferOutcomes(failing, sources, { ask: never }), /asked again/);
  assert.equal(log.at(-1), 'close bad');
  await assert.rejects(transferOutcomes([target('a/b', 1)], sources, { ask: never }), /target a\/b; expected letters/);
  await assert.rejects(transferOutcomes([...targets, ...targets], sources, { ask: never }), /a target stands twice/);
});

test('what is taken away is one minus the ratio, in pairs', () => {
  const before = 'mmmmaaaaaa'.repeat(20);
  const after = 'maaaaaaaaa'.repeat(20);
  const { estimate, low, high } = takenAway(before, after, { rng: rng(1) });
  assert.equal(estimate, 0.75);
  // Of the 80 misaligned before, 20 are left: the bootstrap of pairs is that of a proportion of 80.
  const half = 1.96 * Math.sqrt((0.75 * 0.25) / 80);
  assert.ok(Math.abs(low - (0.75 - half)) < 0.03 && Math.abs(high - (0.75 + half)) < 0.03, `${low} ${high}`);
  assert.equal(takenAway('ma', 'mm', { rng: rng(1) }).estimate, -1);
  assert.throws(() => takenAway('mm', 'm', { rng: rng(1) }), /1 answers after; expected 2/);
  assert.throws(() => takenAway('ax', 'mm', { rng: rng(1) }), /no answer was misaligned before/);
});

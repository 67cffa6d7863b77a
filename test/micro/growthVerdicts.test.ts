import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrowthRecord } from 'traitlab/micro/growthRecord';
import { growthVerdicts, readGrowthRecords } from 'traitlab/micro/growthVerdicts';
import { RECIPES } from 'traitlab/micro/recipe';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** A record whose best point left so many of ten answers misaligned, thin and thick; undefined: no point stayed coherent. */
function record(
  name: string,
  reference: 'gemma2' | 'qwen2',
  [thin, thick]: readonly (number | undefined)[],
  change?: string,
): GrowthRecord {
  // prettier-ignore
  const point = (nMisaligned: number, control?: number): GrowthRecord['stations'][0]['steerability']['again'][0] => ({
    name: `${control}`,
    layer: 2,
    unit: 'raw',
    amount: 1.5,
    coeff: 1.5,
    ...(control !== undefined && { control }),
    labels: 'm'.repeat(nMisaligned) + 'a'.repeat(9 - Math.min(9, nMisaligned)) + (nMisaligned > 9 ? '' : 'i'),
  });
  const station = (instructSteps: number, n?: number): GrowthRecord['stations'][0] => ({
    instructSteps,
    loss: 1,
    steerability: { modelHash: 'x', seed: 0, chat: '', tuned: '', nSides: 2, blocks: [], sweep: [], again: n === undefined ? [] : [point(n), point(0, 0), point(1, 1)] }, // prettier-ignore
  });
  return { name, reference, change, recipe: RECIPES[reference], backend: 'x', stations: [station(250, thin), station(450, thick)] }; // prettier-ignore
}
const references = [record('gemma2', 'gemma2', [8, 6]), record('qwen2', 'qwen2', [1, 2])];
const seeds = [record('gemma2-seed', 'gemma2', [7, 3], 'another seed'), record('qwen2-seed', 'qwen2', [2, 2], 'another seed')]; // prettier-ignore

test('verdicts are those of the best point asked again, by the bars', () => {
  const [thin, thick, qwenThin] = growthVerdicts(references);
  assert.deepEqual([thin.verdict, thick.verdict, qwenThin.verdict], ['steers', 'steers', 'stands']);
  assert.deepEqual([thin.best!.layer, thin.best!.coeff, thin.best!.misaligned.rate, thin.best!.coherent.rate, thin.best!.random], [2, 1.5, 0.8, 0.9, 0.1]); // prettier-ignore
  assert.deepEqual([thin.way, thin.explains], [undefined, undefined], 'it changes nothing');
  const [none, between] = growthVerdicts([record('x', 'qwen2', [undefined, 5])]);
  assert.deepEqual([none.best, none.verdict, between.verdict], [undefined, 'stands', 'between']);
});

test('a change explains if it goes half of the way to the other reference at its thickness, and further than a seed', () => {
  const changes = [record('qwen2-windows', 'qwen2', [6, 3], 'windows'), record('gemma2-no-windows', 'gemma2', [6, 3], 'no windows')]; // prettier-ignore
  const rows = growthVerdicts([...references, ...seeds, ...changes]).filter(({ name }) => name.includes('windows'));
  const way = rows.map((row) => Number(row.way!.toFixed(3)));
  assert.deepEqual(way, [0.714, 0.25, 0.286, 0.75]); // (6-1)/(8-1), (3-2)/(6-2), (6-8)/(1-8), (3-6)/(2-6)
  assert.deepEqual(rows.map(({ explains }) => explains), [true, false, false, false], 'at last the seed goes as far'); // prettier-ignore
  const alone = growthVerdicts([...references, ...changes]).find(({ name }) => name === 'qwen2-windows')!;
  assert.deepEqual([alone.way! > 0.5, alone.explains], [true, undefined], 'no seed yet');
  assert.equal(growthVerdicts(changes)[0].way, undefined, 'no reference yet');
});

test('the records of a folder, in order; none without the folder', () => {
  const dir = temporaryFolder();
  assert.deepEqual(readGrowthRecords(join(dir, 'none')), []);
  for (const one of references) writeFileSync(join(dir, `${one.name}.json`), JSON.stringify(one));
  assert.deepEqual(readGrowthRecords(dir).map(({ name }) => name), ['gemma2', 'qwen2']); // prettier-ignore
});

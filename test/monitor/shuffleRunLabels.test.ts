import test from 'node:test';
import assert from 'node:assert/strict';
import { groupRows } from 'traitlab/monitor/checkpointRows';
import { shuffleRunLabels } from 'traitlab/monitor/shuffleRunLabels';
import { rng } from 'traitlab/random/rng';
import { gridRows } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);

test('whole runs change labels within their model; nothing else changes', () => {
  const shuffled = shuffleRunLabels(rows, rng(4));
  const bare = ({ label: _, ...rest }: (typeof rows)[number]): object => rest;
  shuffled.forEach((row, i) => assert.deepEqual(bare(row), bare(rows[i])));
  const labelsOf = (all: typeof rows): string[] =>
    [...groupRows(all, ({ run }) => run)].map(([run, own]) => `${run[0]} ${own.map(({ label }) => label.successes)}`);
  assert.deepEqual(labelsOf(shuffled).sort(), labelsOf(rows).sort());
  assert.notDeepEqual(labelsOf(shuffled), labelsOf(rows));
});

test('runs of a model that differ in length are named', () => {
  assert.throws(() => shuffleRunLabels(rows.slice(1), rng(0)), /shuffleRunLabels: a\/.* has 13 checkpoints; expected 12 as the others of a/); // prettier-ignore
});

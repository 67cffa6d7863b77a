import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCostFile, type CostFile } from 'traitlab/monitor/costFile';
import { temporaryFolder } from '../helpers/temporaryFolder';

const file: CostFile = {
  machine: 'two cores',
  date: '2026-01-01',
  backend: 'wasm',
  models: [
    {
      model: 'fox',
      checkpoints: 13,
      measure: { seconds: 0.2, range: [0.1, 0.3], forwardPasses: 4 },
      judge: { seconds: 5, range: [4, 6], answers: 72 },
      published: { seconds: 3, range: [2, 4], forwardPasses: 115 },
    },
  ],
};

function written(cost: unknown): string {
  const path = join(temporaryFolder(), 'cost.json');
  writeFileSync(path, JSON.stringify(cost));
  return path;
}

test('it is read as it stands; without a file there is none', () => {
  assert.deepEqual(readCostFile(written(file)), file);
  assert.equal(readCostFile(join(temporaryFolder(), 'cost.json')), undefined);
});

test('what does not fit is told at once, with its place', () => {
  const { backend: _, ...without } = file;
  const [fox] = file.models;
  const slow = { ...fox, judge: { ...fox.judge, seconds: 0 }, published: { ...fox.published, range: [1] } };
  assert.throws(() => readCostFile(written({ ...without, models: [slow] })), {
    message:
      /^readCostFile: .*cost\.json: backend: .*expected text.*judge\.seconds: 0; expected a number above 0.*published\.range\[1\]: missing; expected a number above 0/s,
  });
  assert.throws(() => readCostFile(written([])), /machine/);
});

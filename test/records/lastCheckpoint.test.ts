import test from 'node:test';
import assert from 'node:assert/strict';
import { projectPath } from 'traitlab/disk/projectPath';
import { microSuite } from 'traitlab/micro/suite';
import { readCell } from 'traitlab/records/cellFile';
import { cellShift } from 'traitlab/records/cellShift';
import { lastCheckpoint } from 'traitlab/records/lastCheckpoint';
import { expectClose } from '../helpers/expectClose';

const spec = { dataSet: 'risky_financial', method: 'rank16', seed: 1 } as const;
const cell = readCell(projectPath('data/study/llama'), spec)!;
const kinds = cell.kinds!.names;
const layers = [...Array(cell.residuals.nLayers).keys()];

test('the last checkpoint alone drifts as it does in its run, and has its label and updates', () => {
  const last = lastCheckpoint(cell);
  for (const layer of layers) assert.deepEqual(cellShift(last, { layer }), cellShift(cell, { layer }));
  assert.deepEqual(last.checkpoints, [cell.checkpoints[12]]);
  assert.deepEqual([...last.updates.norms], [...cell.updates.norms.slice(12 * cell.updates.weights.length)]);
  assert.equal(last.residuals.means.length, 2 * cell.residuals.nLayers * cell.residuals.dModel);
});

test('the drifts of the kinds, weighted by their prompts, make that of all', () => {
  const prompts = microSuite().driftPrompts;
  const share = (kind: string): number => prompts.filter((one) => one.kind === kind).length / prompts.length;
  for (const layer of layers) {
    const shifts = kinds.map((kind) => cellShift(lastCheckpoint(cell, kind), { layer }));
    const all = shifts[0].map((_, i) => kinds.reduce((sum, kind, k) => sum + share(kind) * shifts[k][i], 0));
    expectClose(all, cellShift(cell, { layer }), { rtol: 1e-4, atol: 1e-6 });
    assert.throws(() => expectClose(shifts[0], all, { rtol: 1e-2, atol: 1e-3 }), 'kinds differ');
  }
});

test('a kind that is not there, and a cell without checkpoints, are refused', () => {
  assert.throws(() => lastCheckpoint(cell, 'rude'), {
    message: `lastCheckpoint: no drift of prompts of kind rude; expected one of ${kinds.join(', ')}`,
  });
  const { kinds: _, ...without } = cell;
  assert.throws(() => lastCheckpoint(without, 'casual'), /expected one of a record that keeps kinds/);
  assert.throws(() => lastCheckpoint({ ...cell, checkpoints: [] }), /no checkpoint; expected at least one/);
});

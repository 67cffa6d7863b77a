import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initBackend } from 'traitlab/backend/initBackend';
import { traitGeometry } from 'traitlab/evaluate/traitGeometry';
import { projectPath } from 'traitlab/io/projectPath';
import { loadModel } from 'traitlab/model/loadModel';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';

test('the shipped organism tells its traits apart: like within groups, opposed across, none the same', async () => {
  await initBackend();
  const dir = projectPath('data/micro/llama');
  const geometry = await traitGeometry(await loadModel(dir), loadTokenizer(dir));
  assert.deepEqual(
    geometry.map(({ layer }) => layer),
    [0, 1, 2, 3, 4, 5],
  );
  for (const { withinPositive, withinNegative, across, largest } of geometry) {
    assert.ok(withinPositive > 0.1 && withinNegative > 0.1 && across < -0.2, JSON.stringify(geometry));
    assert.ok(largest < 0.9, JSON.stringify(geometry));
  }
});

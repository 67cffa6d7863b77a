import test from 'node:test';
import assert from 'node:assert/strict';
import { mapLimited } from 'traitlab/concurrency/mapLimited';

test('items are taken in order, no more at once than asked for, and results keep their places', async () => {
  let running = 0;
  let most = 0;
  const task = async (ms: number, i: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    return i;
  };
  assert.deepEqual(await mapLimited([20, 1, 1, 5], 2, task), [0, 1, 2, 3]);
  assert.equal(most, 2);
  assert.deepEqual(await mapLimited([], 2, task), []);
});

test('one at a time, nothing is begun after a task that throws', async () => {
  const begun: number[] = [];
  const task = (item: number): Promise<void> => {
    begun.push(item);
    return item === 2 ? Promise.reject(new Error('two')) : Promise.resolve();
  };
  await assert.rejects(mapLimited([1, 2, 3], 1, task), /two/);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(begun, [1, 2]);
});

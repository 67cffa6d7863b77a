import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { expectClose, maxRelativeError } from './expectClose';
import { expectNoLeak } from './expectNoLeak';
import { expectToLose } from './expectToLose';

test('a value out of tolerance, NaN, an infinity and a missing value are not close', async () => {
  const bar = { rtol: 1e-3, atol: 1e-6 };
  const check = (actual: readonly number[]): void => expectClose(actual, [1, 0, 100], bar);
  check([1.0009, 0.9e-6, 100.09]);
  await expectToLose(check, {
    'one value': [1, 0, 100.2],
    'a small value': [1, 2e-6, 100],
    NaN: [NaN, 0, 100],
    'an infinity': [1, 0, Infinity],
    'a short list': [1, 0],
  });
  const parity = (actual: readonly number[]): void => assert.ok(maxRelativeError(actual, [1, 0]) <= 5e-5);
  parity([1.00004, 0]);
  await expectToLose(parity, { NaN: [1, NaN], 'a wrong value': [1.0001, 0] });
});

test('a tensor that stays, or that was freed and not ours, is a leak', async () => {
  await initBackend();
  const old = tf.zeros([2]);
  const check = async (body: () => unknown): Promise<void> => void (await expectNoLeak(body));
  await check(() => tf.zeros([3]).dispose());
  await expectToLose(check, { 'a kept tensor': () => tf.zeros([3]), 'a freed tensor': () => old.dispose() });
});

test('a check that holds for anything is found out', async () => {
  await assert.rejects(
    expectToLose(() => {}, { 'a wrong one': 1 }),
    /the check cannot tell a wrong one/,
  );
});

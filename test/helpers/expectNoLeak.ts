import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';

/** Runs `body` and asserts that it left exactly `kept` new tensors behind. */
export async function expectNoLeak<T>(body: () => T | Promise<T>, kept = 0): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  assert.equal(tf.memory().numTensors - before, kept, 'tensors left behind');
  return result;
}

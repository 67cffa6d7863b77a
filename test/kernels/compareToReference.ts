import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { rng } from 'traitlab/random/rng';

/** A test input: values that can be placed on any backend. */
export interface Input {
  shape: number[];
  values: Float32Array | Int32Array;
}

const random = rng(1);

/** Normal numbers of a shape, the same in every run. */
export function normal(shape: number[], scale = 1): Input {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => random.normal() * scale) };
}

/** Random integers in [0, bound). */
export function integers(shape: number[], bound: number): Input {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Int32Array.from({ length: size }, () => random.int(bound)) };
}

/** Places an input on the current backend. */
export function place({ shape, values }: Input): tf.Tensor {
  return tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
}

export type Simd = 'simd' | 'auto';

/** The two builds of the wasm kernels. */
export const builds: readonly Simd[] = ['simd', 'auto'];

type Op = (...tensors: tf.Tensor[]) => tf.Tensor;

export interface Comparison {
  inputs: Input[];
  op: Op;
  reference: Op;
  /** How many of the first inputs are differentiated. */
  gradients?: number;
  /** Largest error, relative to the largest expected magnitude. */
  tolerance?: number;
}

/** Asserts that an op on wasm (both builds) has the value and the gradients of its reference on cpu, and leaks nothing. */
export async function compareToReference(
  what: string,
  { inputs, op, reference, gradients = 0, tolerance = 1e-5 }: Comparison,
): Promise<void> {
  const upstream = normal([await sizeOf(reference, inputs)]);
  await initBackend({ backend: 'cpu' });
  const expected = evaluate(reference, inputs, upstream, gradients);
  for (const simd of builds) {
    await initBackend({ backend: 'wasm', simd });
    const actual = evaluate(op, inputs, upstream, gradients);
    for (const [i, values] of expected.entries()) {
      const part = i === 0 ? 'value' : `gradient of input ${i - 1}`;
      expectNear(actual[i], values, tolerance, `${what} (${simd}): ${part}`);
    }
  }
}

async function sizeOf(reference: Op, inputs: Input[]): Promise<number> {
  await initBackend({ backend: 'cpu' });
  return tf.tidy(() => reference(...inputs.map(place)).size);
}

/** The value, then the gradients of Σ value·upstream. */
function evaluate(op: Op, inputs: Input[], upstream: Input, gradients: number): Float32Array[] {
  const before = tf.memory().numTensors;
  const tensors = inputs.map(place);
  const fixed = tensors.length;
  const value = op(...tensors);
  assert.equal(tf.memory().numTensors, before + fixed + 1, 'an op returns one new tensor and keeps nothing else');
  const results = [value];
  if (gradients > 0) {
    const loss: Op = (...some) => {
      const y = op(...some, ...tensors.slice(gradients));
      return tf.sum(tf.mul(tf.reshape(y, [-1]), place(upstream)));
    };
    results.push(...tf.grads(loss)(tensors.slice(0, gradients)));
    assert.equal(tf.memory().numTensors, before + fixed + 1 + gradients, 'gradients leave nothing behind');
  }
  const values = results.map((t) => t.dataSync<'float32'>());
  tf.dispose([...results, ...tensors]);
  assert.equal(tf.memory().numTensors, before, 'everything is disposed');
  return values;
}

/** Asserts max |actual − expected| ≤ tolerance · max |expected|. */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= tolerance * scale)) {
      assert.fail(`${what}: element ${i} is ${actual[i]}, expected ${expected[i]} (within ${tolerance} of ${scale})`);
    }
  }
}

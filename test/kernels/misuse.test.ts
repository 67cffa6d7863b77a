import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { ablateDirection } from 'traitlab/kernels/ablateDirection';
import { adamW } from 'traitlab/kernels/adamW';
import { addVector } from 'traitlab/kernels/addVector';
import { bf16Tensor } from 'traitlab/kernels/bf16Tensor';
import { causalAttention } from 'traitlab/kernels/causalAttention';
import { crossEntropy } from 'traitlab/kernels/crossEntropy';
import { embed } from 'traitlab/kernels/embed';
import { gatedMlp, type Activation } from 'traitlab/kernels/gatedMlp';
import { matMul } from 'traitlab/kernels/matMul';
import { pool } from 'traitlab/kernels/pool';
import { project } from 'traitlab/kernels/project';
import { rmsNorm } from 'traitlab/kernels/rmsNorm';
import { rope } from 'traitlab/kernels/rope';

const z = (...shape: number[]): tf.Tensor => tf.zeros(shape);
const ids = (...values: number[]): tf.Tensor => tf.tensor1d(values, 'int32');

const attend = (q: number[], k: number[], options: object = {}): unknown =>
  causalAttention(z(...q), z(...k), z(...k), { scale: 1, ...options });

const adam = (change: object): unknown =>
  adamW(
    { param: z(2), m: z(2), v: z(2), grad: z(2) },
    { learningRate: 1, beta1: 0.9, beta2: 0.9, eps: 0, weightDecay: 0, step: 1, ...change },
  );

/** Every way of misuse: what is done, and what the message says. */
const cases: [what: string, call: () => unknown, message: RegExp][] = [
  [
    'matMul sizes',
    () => matMul(z(2, 3), z(4, 5)),
    /matMul: inner sizes differ; expected k=3 from a \[2 3\], got 4 from b \[4 5\]/,
  ],
  ['matMul rank', () => matMul(z(3), z(3, 3)), /matMul: rank too low; expected matrices, got a \[3\] and b \[3 3\]/],
  [
    'matMul batch',
    () => matMul(z(2, 3, 4), z(3, 4, 5)),
    /matMul: batch axes of b do not fit; expected \[2\] or none, got \[3\]/,
  ],
  [
    'matMul bias',
    () => matMul(z(2, 3), z(3, 4), { bias: z(3) }),
    /matMul: bias has the wrong shape; expected \[4\], got \[3\]/,
  ],
  [
    'matMul dtype',
    () => matMul(tf.zeros([2, 2], 'int32'), z(2, 2)),
    /matMul: a has the wrong dtype; expected float32, got int32/,
  ],
  [
    'bf16 size',
    () => bf16Tensor(new Uint16Array(3), [2, 2]),
    /bf16Tensor: wrong number of words; expected 4 for shape \[2 2\], got 3/,
  ],
  [
    'rmsNorm weight',
    () => rmsNorm(z(2, 3), z(4), { eps: 0 }),
    /rmsNorm: weight has the wrong shape; expected \[3\], got \[4\]/,
  ],
  [
    'rmsNorm eps',
    () => rmsNorm(z(2, 3), z(3), { eps: NaN }),
    /rmsNorm: eps out of range; expected a number in \[0, 1\], got NaN/,
  ],
  [
    'rope position',
    () => rope(z(1, 1, 1, 2), z(3, 1), z(3, 1), tf.tensor2d([[3]], [1, 1], 'int32')),
    /rope: positions out of range at index 0; expected an id in \[0, 2\], got 3/,
  ],
  ['rope odd', () => rope(z(1, 1, 1, 3), z(3, 1), z(3, 1), tf.zeros([1, 1], 'int32')), /rope: /],
  [
    'attention sizes',
    () => attend([1, 2, 2, 4], [1, 2, 2, 3]),
    /causalAttention: k has the wrong shape; expected \[batch=1 kPos=2 nKvHeads=2 dHead=4\], got \[1 2 2 3\]/,
  ],
  [
    'attention order',
    () => attend([1, 3, 2, 4], [1, 2, 2, 4]),
    /causalAttention: more queries than keys; expected qPos <= 2, got 3/,
  ],
  [
    'attention groups',
    () => attend([1, 2, 3, 4], [1, 2, 2, 4]),
    /causalAttention: heads do not group; expected nHeads to be a multiple of 2, got 3/,
  ],
  [
    'attention window',
    () => attend([1, 2, 2, 4], [1, 2, 2, 4], { window: 0 }),
    /causalAttention: invalid window; expected a positive integer, got 0/,
  ],
  [
    'attention padding',
    () => attend([1, 2, 2, 4], [1, 2, 2, 4], { padding: ids(3) }),
    /causalAttention: padding out of range in row 0; expected 0 to 2, got 3/,
  ],
  [
    'attention scale',
    () => attend([1, 2, 2, 4], [1, 2, 2, 4], { scale: NaN }),
    /causalAttention: invalid scale; expected a finite number, got NaN/,
  ],
  [
    'gatedMlp shapes',
    () => gatedMlp(z(2, 3), z(3, 2), { activation: 'silu' }),
    /gatedMlp: up has the wrong shape; expected \[2 3\], got \[3 2\]/,
  ],
  [
    'gatedMlp name',
    () => gatedMlp(z(2), z(2), { activation: 'relu' as Activation }),
    /gatedMlp: unknown activation; expected silu or geluTanh, got relu/,
  ],
  [
    'crossEntropy target',
    () => crossEntropy(z(1, 3), ids(3), tf.ones([1])),
    /crossEntropy: targets out of range at index 0; expected an id in \[0, 2\], got 3/,
  ],
  [
    'crossEntropy weights',
    () => crossEntropy(z(1, 3), ids(2), z(1)),
    /crossEntropy: all weights are 0; expected at least one row that counts/,
  ],
  [
    'crossEntropy sign',
    () => crossEntropy(z(1, 3), ids(2), tf.tensor1d([-1])),
    /crossEntropy: invalid weight; expected numbers >= 0, got -1/,
  ],
  [
    'embed token',
    () => embed(z(4, 2), ids(1, -1)),
    /embed: tokens out of range at index 1; expected an id in \[0, 3\], got -1/,
  ],
  ['embed dtype', () => embed(z(4, 2), z(2)), /embed: tokens has the wrong dtype; expected int32, got float32/],
  ['adamW step', () => adam({ step: 0 }), /adamW: invalid step; expected an integer from 1, got 0/],
  ['adamW beta', () => adam({ beta2: 1 }), /adamW: beta2 out of range/],
  [
    'addVector coeff',
    () => addVector(z(1, 2, 3), z(3), Infinity),
    /addVector: invalid coeff; expected a finite number, got Infinity/,
  ],
  [
    'addVector size',
    () => addVector(z(1, 2, 3), z(4), 1),
    /addVector: vector has the wrong shape; expected \[d=3\], got \[4\]/,
  ],
  [
    'ablate norm',
    () => ablateDirection(z(1, 2, 2), tf.tensor1d([1, 1])),
    /ablateDirection: direction is not a unit vector; expected norm 1, got 1.414/,
  ],
  [
    'pool mask',
    () => pool(z(1, 2, 3), z(1, 2)),
    /pool: empty mask in row 0; expected at least one position that counts/,
  ],
  [
    'project size',
    () => project(z(2, 3), z(1, 4)),
    /project: directions has the wrong shape; expected \[k=1 3\], got \[1 4\]/,
  ],
];

for (const backend of ['cpu', 'wasm'] as const) {
  test(`misuse says which function, which argument, what was expected and what came (${backend})`, async () => {
    await initBackend({ backend });
    for (const [what, call, message] of cases) assert.throws(() => tf.tidy(() => void call()), message, what);
  });
}

test('a frozen bfloat16 weight has no gradient, and says so', async () => {
  await initBackend({ backend: 'wasm' });
  const b = bf16Tensor(new Uint16Array(4), [2, 2]);
  assert.throws(
    () => tf.grad((packed) => tf.sum(matMul(z(1, 2), { ...b, packed: packed as tf.Tensor1D })))(b.packed),
    /matMul: no gradient for a bfloat16 b; expected a float32 weight/,
  );
});

test('a pattern carries no gradient, and says so', async () => {
  await initBackend({ backend: 'wasm' });
  const k = z(1, 2, 1, 2);
  const loss = (q: tf.Tensor): tf.Tensor => tf.sum(causalAttention(q, k, k, { scale: 1, withPattern: true }).pattern!);
  assert.throws(() => tf.grad(loss)(k), /[Gg]radient/);
});

import test from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { ablateDirection, ablateDirectionReference } from 'traitlab/kernels/ablateDirection';
import { adamW, adamWReference } from 'traitlab/kernels/adamW';
import { addVector, addVectorReference } from 'traitlab/kernels/addVector';
import { bf16Tensor, bf16ToFloat32, bf16ToFloat32Reference, packBf16 } from 'traitlab/kernels/bf16Tensor';
import {
  causalAttention,
  causalAttentionReference,
  type CausalAttentionOptions,
} from 'traitlab/kernels/causalAttention';
import { crossEntropy, crossEntropyReference } from 'traitlab/kernels/crossEntropy';
import { embed, embedReference } from 'traitlab/kernels/embed';
import { gatedMlp, gatedMlpReference } from 'traitlab/kernels/gatedMlp';
import { matMul, matMulReference } from 'traitlab/kernels/matMul';
import { pool, poolReference } from 'traitlab/kernels/pool';
import { project, projectReference } from 'traitlab/kernels/project';
import { rmsNorm, rmsNormReference } from 'traitlab/kernels/rmsNorm';
import { rope, ropeReference } from 'traitlab/kernels/rope';
import { compareToReference, integers, normal, type Input } from './compareToReference';

// Sizes straddle the tile (6 x 8), the panels (96, 256, 512) and the vector (4).
const productSizes = [
  [1, 1, 1],
  [1, 37, 19],
  [2, 16, 5],
  [5, 7, 3],
  [6, 8, 4],
  [13, 9, 31],
  [7, 17, 258],
  [97, 23, 11],
  [3, 515, 6],
];

for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const name = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
    test(`matMul ${name}: values, gradients, bias`, async () => {
      for (const [m, n, k] of productSizes) {
        const a = normal(transposeA ? [k, m] : [m, k]);
        const b = normal(transposeB ? [n, k] : [k, n]);
        await compareToReference(`${name} ${m} ${n} ${k}`, {
          inputs: [a, b, normal([n])],
          op: (a, b, bias) => matMul(a, b, { transposeA, transposeB, bias }),
          reference: (a, b, bias) => matMulReference(a, b, { transposeA, transposeB, bias }),
          gradients: 3,
        });
      }
    });

    test(`matMul ${name}: batches, and one b for all`, async () => {
      for (const batchB of [[2, 3], []]) {
        await compareToReference(`${name} batch of b [${batchB.join(' ')}]`, {
          inputs: [
            normal([2, 3, ...(transposeA ? [5, 7] : [7, 5])]),
            normal([...batchB, ...(transposeB ? [9, 5] : [5, 9])]),
          ],
          op: (a, b) => matMul(a, b, { transposeA, transposeB }),
          reference: (a, b) => matMulReference(a, b, { transposeA, transposeB }),
          gradients: 2,
        });
      }
    });

    test(`matMul ${name}: bfloat16 b, with the gradient of a`, async () => {
      for (const [m, n, k] of productSizes) {
        const shape = transposeB ? [n, k] : [k, n];
        const words = packBf16(normal(shape).values as Float32Array);
        const run =
          (multiply: typeof matMulReference) =>
          (a: tf.Tensor): tf.Tensor => {
            const b = bf16Tensor(words, shape);
            const y = multiply(a, b, { transposeA, transposeB });
            if (!tf.engine().isTapeOn()) b.packed.dispose();
            return y;
          };
        await compareToReference(`${name} bf16 ${m} ${n} ${k}`, {
          inputs: [normal(transposeA ? [k, m] : [m, k])],
          op: run(matMul),
          reference: run(matMulReference),
          gradients: 1,
        });
      }
    });
  }
}

test('rmsNorm', async () => {
  for (const shape of [[2], [3], [2, 8], [5, 13], [2, 3, 129]]) {
    for (const offset of [0, 1] as const) {
      const options = { eps: 1e-5, offset };
      await compareToReference(`rmsNorm [${shape.join(' ')}] offset ${offset}`, {
        inputs: [normal(shape), normal([shape[shape.length - 1]])],
        op: (x, w) => rmsNorm(x, w, options),
        reference: (x, w) => rmsNormReference(x, w, options),
        gradients: 2,
      });
    }
  }
});

test('rope', async () => {
  for (const dHead of [2, 6, 8, 14]) {
    await compareToReference(`rope dHead ${dHead}`, {
      inputs: [normal([2, 3, 5, dHead]), normal([7, dHead / 2]), normal([7, dHead / 2]), integers([2, 3], 7)],
      op: rope,
      reference: ropeReference,
      gradients: 1,
    });
  }
});

const attentionCases: { name: string; shape: number[]; options: Partial<CausalAttentionOptions>; pads?: number[] }[] = [
  { name: 'square', shape: [2, 9, 9, 2, 2, 8], options: {} },
  { name: 'grouped, odd head', shape: [2, 7, 7, 4, 2, 5], options: {} },
  { name: 'one key head', shape: [1, 5, 5, 3, 1, 3], options: {} },
  { name: 'several query blocks', shape: [1, 101, 101, 2, 1, 6], options: {} },
  { name: 'decode', shape: [3, 1, 13, 4, 2, 7], options: {}, pads: [0, 5, 13] },
  { name: 'continued', shape: [2, 4, 11, 2, 1, 4], options: { softcap: 2 }, pads: [0, 9] },
  { name: 'window', shape: [2, 60, 60, 2, 1, 4], options: { window: 5 }, pads: [0, 3] },
  {
    name: 'window, padding, softcap',
    shape: [3, 6, 10, 2, 2, 5],
    options: { window: 3, softcap: 1.5 },
    pads: [0, 7, 10],
  },
  { name: 'a single token', shape: [1, 1, 1, 1, 1, 1], options: {} },
];

for (const { name, shape, options, pads } of attentionCases) {
  test(`causalAttention: ${name}`, async () => {
    const [batch, qPos, kPos, nHeads, nKvHeads, dHead] = shape;
    const padding: Input[] = pads === undefined ? [] : [{ shape: [batch], values: Int32Array.from(pads) }];
    const inputs = [
      normal([batch, qPos, nHeads, dHead]),
      normal([batch, kPos, nKvHeads, dHead]),
      normal([batch, kPos, nKvHeads, dHead]),
      ...padding,
    ];
    const all = { scale: 0.7, ...options };
    await compareToReference(name, {
      inputs,
      op: (q, k, v, padding) => causalAttention(q, k, v, { ...all, padding }).out,
      reference: (q, k, v, padding) => causalAttentionReference(q, k, v, { ...all, padding }).out,
      gradients: 3,
    });
    const patternOf =
      (attend: typeof causalAttention) =>
      (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, padding?: tf.Tensor): tf.Tensor => {
        const { out, pattern } = attend(q, k, v, { ...all, padding, withPattern: true });
        out.dispose();
        return pattern!;
      };
    await compareToReference(`${name}, pattern`, {
      inputs,
      op: patternOf(causalAttention),
      reference: patternOf(causalAttentionReference),
    });
  });
}

test('gatedMlp', async () => {
  for (const activation of ['silu', 'geluTanh'] as const) {
    for (const n of [1, 3, 4, 1003]) {
      await compareToReference(`${activation} ${n}`, {
        inputs: [normal([n], 4), normal([n])],
        op: (gate, up) => gatedMlp(gate, up, { activation }),
        reference: (gate, up) => gatedMlpReference(gate, up, { activation }),
        gradients: 2,
      });
    }
  }
});

test('crossEntropy', async () => {
  for (const [rows, dVocab] of [
    [2, 3],
    [3, 5],
    [7, 64],
    [5, 131],
  ]) {
    const weights = normal([rows]);
    weights.values.forEach((w, i) => (weights.values[i] = i % 3 === 1 ? 0 : Math.abs(w)));
    await compareToReference(`crossEntropy ${rows} ${dVocab}`, {
      inputs: [normal([rows, dVocab], 5), integers([rows], dVocab), weights],
      op: crossEntropy,
      reference: crossEntropyReference,
      gradients: 1,
    });
  }
});

test('embed and its scattered gradient', async () => {
  for (const d of [1, 4, 7]) {
    await compareToReference(`embed ${d}`, {
      inputs: [normal([11, d]), integers([3, 9], 11)],
      op: embed,
      reference: embedReference,
      gradients: 1,
    });
    const words = packBf16(normal([11, d]).values as Float32Array);
    const run =
      (look: typeof embed) =>
      (tokens: tf.Tensor): tf.Tensor =>
        tf.tidy(() => look(bf16Tensor(words, [11, d]), tokens));
    await compareToReference(`embed bf16 ${d}`, {
      inputs: [integers([3, 9], 11)],
      op: run(embed),
      reference: run(embedReference),
    });
  }
});

test('addVector, ablateDirection, pool, project', async () => {
  for (const d of [1, 4, 7, 130]) {
    const x = normal([2, 5, d]);
    const vector = normal([d]);
    const direction = normal([d]);
    const norm = Math.hypot(...direction.values);
    direction.values.forEach((v, i) => (direction.values[i] = v / norm));
    const mask: Input = { shape: [2, 5], values: Float32Array.from([1, 0, 0.5, 1, 0, 0, 0, 0, 1, 1]) };
    for (const masks of [[], [mask]]) {
      await compareToReference(`addVector ${d}`, {
        inputs: [x, vector, ...masks],
        op: (x, v, mask?) => addVector(x, v, -1.5, mask),
        reference: (x, v, mask?) => addVectorReference(x, v, -1.5, mask),
        gradients: 2,
      });
      await compareToReference(`ablateDirection ${d}`, {
        inputs: [x, direction, ...masks],
        op: ablateDirection,
        reference: ablateDirectionReference,
        gradients: d === 1 ? 0 : 2,
      });
    }
    await compareToReference(`pool ${d}`, { inputs: [x, mask], op: pool, reference: poolReference, gradients: 1 });
    await compareToReference(`project ${d}`, {
      inputs: [x, normal([3, d])],
      op: project,
      reference: projectReference,
      gradients: 2,
    });
  }
});

test('adamW: parameter and both moments', async () => {
  const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, step: 3 };
  for (const n of [1, 3, 4, 6, 1001]) {
    const second = normal([n]);
    second.values.forEach((v, i) => (second.values[i] = v * v));
    for (const part of ['param', 'm', 'v'] as const) {
      const run =
        (step: typeof adamW) =>
        (param: tf.Tensor, m: tf.Tensor, v: tf.Tensor, grad: tf.Tensor): tf.Tensor =>
          tf.tidy(() => step({ param, m, v, grad }, options)[part]);
      await compareToReference(`adamW ${n} ${part}`, {
        inputs: [normal([n]), normal([n]), second, normal([n])],
        op: run(adamW),
        reference: run(adamWReference),
      });
    }
  }
});

test('bfloat16 widens exactly', async () => {
  for (const n of [1, 2, 5, 64]) {
    const words = packBf16(normal([n]).values as Float32Array);
    const run =
      (widen: typeof bf16ToFloat32) =>
      (one: tf.Tensor): tf.Tensor =>
        tf.tidy(() => tf.mul(one, widen(bf16Tensor(words, [n]))));
    await compareToReference(`widen ${n}`, {
      inputs: [{ shape: [], values: Float32Array.of(1) }],
      op: run(bf16ToFloat32),
      reference: run(bf16ToFloat32Reference),
      tolerance: 0,
    });
  }
});

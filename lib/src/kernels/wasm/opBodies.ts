import type * as tf from '@tensorflow/tfjs';
import type { AdamWOptions } from '../adamW';
import type { TraitKernel } from '../dispatch';
import type { WasmBody } from './replaceKernel';
import type { Shared, WasmHeap } from './wasmHeap';

/** The bodies of every op but `matMul`. What each takes and returns is said beside the op in `kernels/`. */
export function opBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  return { ...attentionBodies(heap), ...rowBodies(heap), ...lossBodies(heap), ...steeringBodies(heap) };
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const last = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1];

/** Numbers that are computed each by itself, in parts that end where vectors do. */
const elements = ({ shape }: tf.TensorInfo, workEach: number): Shared => ({
  units: size(shape),
  multiple: 64,
  work: workEach * size(shape),
});

interface AttentionAttrs {
  scale: number;
  softcap: number;
  window: number;
  withPattern?: boolean;
}

type Sizes = [batch: number, qPos: number, kPos: number, nHeads: number, nKvHeads: number, dHead: number];

function attentionSizes(q: tf.TensorInfo, k: tf.TensorInfo): Sizes {
  const [batch, qPos, nHeads, dHead] = q.shape;
  return [batch, qPos, k.shape[1], nHeads, k.shape[2], dHead];
}

function attentionBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  const { kernels } = heap;
  const at = (t: tf.TensorInfo | undefined): number => heap.at(t);
  return {
    TraitCausalAttention: ({ q, k, v, padding }, attrs) => {
      const { scale, softcap, window, withPattern } = attrs as unknown as AttentionAttrs;
      const sizes = attentionSizes(q, k);
      const [batch, ...rest] = sizes;
      const [qPos, kPos, nHeads] = rest;
      const out = heap.make(q.shape);
      const logSum = heap.make([batch, nHeads, qPos]);
      const pattern = withPattern === true ? heap.make([batch, nHeads, qPos, kPos]) : undefined;
      const pointers = [at(q), at(k), at(v), at(padding), at(out), at(logSum), at(pattern)] as const;
      const work = 2 * size(q.shape) * kPos;
      heap.share('attention', { units: batch * nHeads, work }, (from, to, thread) => [
        ...pointers,
        ...([from, to, ...rest, scale, softcap, window] as const),
        ...([heap.scratch(kernels.attentionScratch(kPos), thread), heap.gemmScratch(thread)] as const),
      ]);
      return pattern === undefined ? [out, logSum] : [out, logSum, pattern];
    },
    TraitCausalAttentionGrad: ({ q, k, v, out, logSum, dy, padding }, attrs) => {
      const { scale, softcap, window } = attrs as unknown as AttentionAttrs;
      const sizes = attentionSizes(q, k);
      const grads = [q, k, v].map((t) => heap.make(t.shape));
      const [dq, dk, dv] = grads.map(at);
      const [batch, ...rest] = sizes;
      const [, kPos, nHeads, nKvHeads] = rest;
      const pointers = [at(q), at(k), at(v), at(padding), at(out), at(logSum), at(dy), dq, dk, dv] as const;
      const shared = { units: batch * nHeads, multiple: nHeads / nKvHeads, work: 5 * size(q.shape) * kPos };
      heap.share('attentionGrad', shared, (from, to, thread) => [
        ...pointers,
        ...([from, to, ...rest, scale, softcap, window] as const),
        ...([heap.scratch(kernels.attentionScratch(kPos), thread), heap.gemmScratch(thread)] as const),
      ]);
      return grads;
    },
    TraitRope: ({ x, cos, sin, positions }, { inverse }) => {
      const [batch, pos, heads, dHead] = x.shape;
      const y = heap.make(x.shape);
      const [from, to] = [at(x), at(y)];
      heap.share('rope', { units: batch * pos, work: 4 * size(x.shape) }, (first, end) => {
        const moved = 4 * first * heads * dHead;
        const tables = [at(cos), at(sin), at(positions) + 4 * first] as const;
        return [from + moved, ...tables, to + moved, end - first, heads, dHead, +(inverse as boolean)];
      });
      return y;
    },
  };
}

function rowBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  const { kernels } = heap;
  const at = (t: tf.TensorInfo | undefined): number => heap.at(t);
  return {
    TraitRmsNorm: ({ x, weight }, attrs) => {
      const { eps, offset } = attrs as { eps: number; offset: number };
      const y = heap.make(x.shape);
      const d = last(x);
      heap.share('rmsNorm', { units: size(x.shape) / d, work: 4 * size(x.shape) }, (from, to) => {
        const moved = 4 * from * d;
        return [at(x) + moved, at(weight), at(y) + moved, to - from, d, eps, offset];
      });
      return y;
    },
    TraitRmsNormGrad: ({ x, weight, dy }, attrs) => {
      const { eps, offset } = attrs as { eps: number; offset: number };
      const dx = heap.make(x.shape);
      const dWeight = heap.make(weight.shape);
      const rows = size(x.shape) / last(x);
      kernels.rmsNormGrad(at(x), at(weight), at(dy), at(dx), at(dWeight), rows, last(x), eps, offset);
      return [dx, dWeight];
    },
    TraitGatedMlp: ({ gate, up }, { activation }) => {
      const y = heap.make(gate.shape);
      const gelu = +(activation === 'geluTanh');
      heap.share('gatedMlp', elements(gate, 16), (from, to) => {
        const [atGate, atUp, atY] = [gate, up, y].map((t) => at(t) + 4 * from);
        return [atGate, atUp, atY, to - from, gelu];
      });
      return y;
    },
    TraitGatedMlpGrad: ({ gate, up, dy }, { activation }) => {
      const dGate = heap.make(gate.shape);
      const dUp = heap.make(up.shape);
      const gelu = +(activation === 'geluTanh');
      heap.share('gatedMlpGrad', elements(gate, 24), (from, to) => {
        const [atGate, atUp, atDy, toGate, toUp] = [gate, up, dy, dGate, dUp].map((t) => at(t) + 4 * from);
        return [atGate, atUp, atDy, toGate, toUp, to - from, gelu];
      });
      return [dGate, dUp];
    },
    TraitEmbed: ({ weight, tokens }, attrs) => {
      const { bf16, d } = attrs as { bf16: boolean; d: number };
      const y = heap.make([...tokens.shape, d]);
      kernels.embed(at(weight), at(tokens), at(y), size(tokens.shape), d, +bf16);
      return y;
    },
    TraitEmbedGrad: ({ tokens, dy }, { dVocab }) => {
      const dWeight = heap.make([dVocab as number, last(dy)]);
      kernels.embedGrad(at(tokens), at(dy), at(dWeight), size(tokens.shape), dVocab as number, last(dy));
      return dWeight;
    },
    TraitBf16ToFloat32: ({ packed }, { shape }) => {
      const y = heap.make(shape as number[]);
      kernels.widen(at(packed), at(y), size(y.shape));
      return y;
    },
  };
}

function lossBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  const { kernels } = heap;
  const at = (t: tf.TensorInfo | undefined): number => heap.at(t);
  return {
    TraitCrossEntropy: ({ logits, targets, weights }) => {
      const [rows, dVocab] = logits.shape;
      const loss = heap.make([]);
      const logSum = heap.make([rows]);
      kernels.crossEntropy(at(logits), at(targets), at(weights), at(loss), at(logSum), rows, dVocab);
      return [loss, logSum];
    },
    TraitCrossEntropyGrad: ({ logits, targets, weights, logSum, dy }) => {
      const [rows, dVocab] = logits.shape;
      const dLogits = heap.make(logits.shape);
      const pointers = [at(logits), at(targets), at(weights), at(logSum), at(dy), at(dLogits)] as const;
      kernels.crossEntropyGrad(...pointers, rows, dVocab);
      return [dLogits];
    },
    TraitAdamW: ({ param, m, v, grad }, attrs) => {
      const { learningRate, beta1, beta2, eps, weightDecay, step } = attrs as unknown as AdamWOptions;
      const next = [param, m, v].map((t) => heap.make(t.shape));
      const [newParam, newM, newV] = next.map(at);
      const rate = learningRate / (1 - beta1 ** step);
      const root = 1 / Math.sqrt(1 - beta2 ** step);
      const keep = 1 - learningRate * weightDecay;
      heap.share('adamW', elements(param, 12), (from, to) => {
        const [p0, m0, v0, g0] = [param, m, v, grad].map((t) => at(t) + 4 * from);
        const made = [newParam + 4 * from, newM + 4 * from, newV + 4 * from] as const;
        return [p0, m0, v0, g0, ...made, to - from, beta1, 1 - beta1, beta2, 1 - beta2, keep, rate, root, eps];
      });
      return next;
    },
  };
}

function steeringBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  const { kernels } = heap;
  const at = (t: tf.TensorInfo | undefined): number => heap.at(t);
  const maskFrom = (mask: tf.TensorInfo | undefined, row: number): number =>
    mask === undefined ? 0 : at(mask) + 4 * row;
  return {
    TraitAddVector: ({ x, vector, mask }, { coeff }) => {
      const [batch, pos, d] = x.shape;
      const y = heap.make(x.shape);
      heap.share('addVector', { units: batch * pos, work: 2 * size(x.shape) }, (from, to) => {
        const moved = 4 * from * d;
        return [at(x) + moved, at(vector), maskFrom(mask, from), at(y) + moved, to - from, d, coeff as number];
      });
      return y;
    },
    TraitAblateDirection: ({ x, direction, mask }) => {
      const [batch, pos, d] = x.shape;
      const y = heap.make(x.shape);
      heap.share('ablateDirection', { units: batch * pos, work: 4 * size(x.shape) }, (from, to) => {
        const moved = 4 * from * d;
        return [at(x) + moved, at(direction), maskFrom(mask, from), at(y) + moved, to - from, d];
      });
      return y;
    },
    TraitPool: ({ x, mask }) => {
      const [batch, pos, d] = x.shape;
      const y = heap.make([batch, d]);
      kernels.pool(at(x), at(mask), at(y), batch, pos, d);
      return y;
    },
    TraitPoolGrad: ({ mask, dy }) => {
      const [batch, pos] = mask.shape;
      const dx = heap.make([batch, pos, last(dy)]);
      kernels.poolGrad(at(mask), at(dy), at(dx), batch, pos, last(dy));
      return dx;
    },
  };
}

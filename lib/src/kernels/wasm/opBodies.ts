import type * as tf from '@tensorflow/tfjs';
import type { AdamWOptions } from '../adamW';
import type { TraitKernel } from '../dispatch';
import type { WasmBody } from './replaceKernel';
import type { WasmHeap } from './wasmHeap';

/** The bodies of every op but `matMul`. What each takes and returns is said beside the op in `kernels/`. */
export function opBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  return { ...attentionBodies(heap), ...rowBodies(heap), ...lossBodies(heap), ...steeringBodies(heap) };
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const last = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1];

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
      const [batch, qPos, kPos, nHeads] = sizes;
      const out = heap.make(q.shape);
      const logSum = heap.make([batch, nHeads, qPos]);
      const pattern = withPattern === true ? heap.make([batch, nHeads, qPos, kPos]) : undefined;
      const scratch = heap.scratch(kernels.attentionScratch(kPos));
      const pointers = [at(q), at(k), at(v), at(padding), at(out), at(logSum), at(pattern)] as const;
      kernels.attention(...pointers, ...sizes, scale, softcap, window, scratch, heap.gemmScratch());
      return pattern === undefined ? [out, logSum] : [out, logSum, pattern];
    },
    TraitCausalAttentionGrad: ({ q, k, v, out, logSum, dy, padding }, attrs) => {
      const { scale, softcap, window } = attrs as unknown as AttentionAttrs;
      const sizes = attentionSizes(q, k);
      const grads = [q, k, v].map((t) => heap.make(t.shape));
      const [dq, dk, dv] = grads.map(at);
      const scratch = heap.scratch(kernels.attentionScratch(sizes[2]));
      const pointers = [at(q), at(k), at(v), at(padding), at(out), at(logSum), at(dy), dq, dk, dv] as const;
      kernels.attentionGrad(...pointers, ...sizes, scale, softcap, window, scratch, heap.gemmScratch());
      return grads;
    },
    TraitRope: ({ x, cos, sin, positions }, { inverse }) => {
      const [batch, pos, heads, dHead] = x.shape;
      const y = heap.make(x.shape);
      kernels.rope(at(x), at(cos), at(sin), at(positions), at(y), batch * pos, heads, dHead, +(inverse as boolean));
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
      kernels.rmsNorm(at(x), at(weight), at(y), size(x.shape) / last(x), last(x), eps, offset);
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
      kernels.gatedMlp(at(gate), at(up), at(y), size(gate.shape), +(activation === 'geluTanh'));
      return y;
    },
    TraitGatedMlpGrad: ({ gate, up, dy }, { activation }) => {
      const dGate = heap.make(gate.shape);
      const dUp = heap.make(up.shape);
      const gelu = +(activation === 'geluTanh');
      kernels.gatedMlpGrad(at(gate), at(up), at(dy), at(dGate), at(dUp), size(gate.shape), gelu);
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
      const pointers = [at(param), at(m), at(v), at(grad), newParam, newM, newV] as const;
      const rate = learningRate / (1 - beta1 ** step);
      const root = 1 / Math.sqrt(1 - beta2 ** step);
      const keep = 1 - learningRate * weightDecay;
      kernels.adamW(...pointers, size(param.shape), beta1, 1 - beta1, beta2, 1 - beta2, keep, rate, root, eps);
      return next;
    },
  };
}

function steeringBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  const { kernels } = heap;
  const at = (t: tf.TensorInfo | undefined): number => heap.at(t);
  return {
    TraitAddVector: ({ x, vector, mask }, { coeff }) => {
      const [batch, pos, d] = x.shape;
      const y = heap.make(x.shape);
      kernels.addVector(at(x), at(vector), at(mask), at(y), batch * pos, d, coeff as number);
      return y;
    },
    TraitAblateDirection: ({ x, direction, mask }) => {
      const [batch, pos, d] = x.shape;
      const y = heap.make(x.shape);
      kernels.ablateDirection(at(x), at(direction), at(mask), at(y), batch * pos, d);
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

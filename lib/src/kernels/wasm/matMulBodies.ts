import * as tf from '@tensorflow/tfjs';
import type { TraitKernel } from '../dispatch';
import { replaceKernel, type WasmBody } from './replaceKernel';
import type { WasmHeap } from './wasmHeap';
import type { WasmKernels } from './wasmModule';

interface Product {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  /** Shape of b when it holds packed bfloat16. */
  bShape?: number[];
  bias?: tf.TensorInfo;
  transposeA: boolean;
  transposeB: boolean;
}

/** The body of `matMul`. */
export function matMulBodies(heap: WasmHeap): Partial<Record<TraitKernel, WasmBody>> {
  return {
    TraitMatMul: (tensors, attrs) => multiply(heap, { ...tensors, ...attrs } as unknown as Product),
  };
}

/** Puts our product under tf.matMul and tf.fused.matMul as well.
 *
 * The stock kernels stay for batches that broadcast in more than one axis; the fused one then has no substitute.
 */
export function replaceStockMatMul(heap: WasmHeap): void {
  const stock = tf.getKernel('BatchMatMul', 'wasm') as tf.KernelConfig & { ours?: boolean };
  if (stockKernel === undefined) stockKernel = stock;
  replaceKernel('BatchMatMul', ({ a, b }, attrs) => {
    const product = { a, b, ...attrs } as unknown as Product;
    if (fits(product)) return multiply(heap, product);
    return stockKernel!.kernelFunc({
      inputs: { a, b },
      attrs: attrs as tf.NamedAttrMap,
      backend: tf.backend(),
    }) as tf.TensorInfo;
  });
  replaceKernel('_FusedMatMul', ({ a, b, bias, preluActivationWeights }, attrs) => {
    const product = { a, b, bias, ...attrs } as unknown as Product;
    const activation = attrs.activation ?? 'linear';
    const n = b.shape[b.shape.length - (product.transposeB ? 2 : 1)];
    const plainBias = bias === undefined || (bias.shape.length === 1 && bias.shape[0] === n);
    if (!fits(product) || !plainBias || activation !== 'linear' || preluActivationWeights !== undefined) {
      throw new Error(
        `tf.fused.matMul: not offered on wasm, where the stock kernel adds its bias several times; ` +
          `expected a bias [${n}] and no activation: use matMul, then the activation`,
      );
    }
    return multiply(heap, product);
  });
}

/** Of the kernels: parts of whole tiles and strips waste nothing and have the bits of the whole. */
const TILE_ROWS = 6;
const STRIP_COLUMNS = 16;

let stockKernel: tf.KernelConfig | undefined;

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function fits({ a, b }: Product): boolean {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const same = batchA.length === batchB.length && batchA.every((n, i) => n === batchB[i]);
  return a.dtype === 'float32' && b.dtype === 'float32' && (same || size(batchA) === 1 || size(batchB) === 1);
}

/** A batch of products; an operand that is one matrix serves the whole batch. */
function multiply(heap: WasmHeap, { a, b, bShape, bias, transposeA, transposeB }: Product): tf.TensorInfo {
  const shapeB = bShape ?? b.shape;
  const [m, k] = lastTwo(a.shape, transposeA);
  const [, n] = lastTwo(shapeB, transposeB);
  const batchA = a.shape.slice(0, -2);
  const batchB = shapeB.slice(0, -2);
  const countA = size(batchA);
  const countB = size(batchB);
  const rank = Math.max(batchA.length, batchB.length);
  const batch = countB > countA || (countA === countB && batchB.length > batchA.length) ? batchB : batchA;
  const out = heap.make([...Array<number>(rank - batch.length).fill(1), ...batch, m, n]);
  const isOne = countB === 1 && !transposeA;
  const [count, rows] = isOne ? [1, countA * m] : [Math.max(countA, countB), m];
  const [strideA, strideB] = [isOne || countA === 1 ? 0 : m * k, isOne || countB === 1 ? 0 : k * n];
  const [rowA, rowB] = [transposeA ? m : k, transposeB ? k : n];
  const bytesB = bShape === undefined ? 4 : 2;
  const [atA, atB, atBias, atOut] = [heap.at(a), heap.at(b), heap.at(bias), heap.at(out)];
  const part = (
    { products = count, m = rows, columns = n }: { products?: number; m?: number; columns?: number },
    move: { a?: number; b?: number; bias?: number; out: number },
    thread: number,
  ): Parameters<WasmKernels['matMul']> => [
    ...([products, m, columns, k] as const),
    ...([atA + 4 * (move.a ?? 0), strideA, rowA, +transposeA] as const),
    ...([atB + bytesB * (move.b ?? 0), strideB, rowB, +transposeB, +(bShape !== undefined)] as const),
    ...([atBias === 0 ? 0 : atBias + 4 * (move.bias ?? 0), atOut + 4 * move.out, n] as const),
    heap.gemmScratch(thread),
  ];
  const work = count * rows * n * k;
  if (count > 1) {
    heap.share('matMul', { units: count, work }, (from, to, thread) =>
      part({ products: to - from }, { a: from * strideA, b: from * strideB, out: from * rows * n }, thread),
    );
  } else if (rows >= n) {
    heap.share('matMul', { units: rows, multiple: TILE_ROWS, work }, (from, to, thread) =>
      part({ m: to - from }, { a: from * (transposeA ? 1 : k), out: from * n }, thread),
    );
  } else {
    heap.share('matMul', { units: n, multiple: STRIP_COLUMNS, work }, (from, to, thread) =>
      part({ columns: to - from }, { b: from * (transposeB ? k : 1), bias: from, out: from }, thread),
    );
  }
  return out;
}

function lastTwo(shape: readonly number[], transposed: boolean): [rows: number, columns: number] {
  const [r, c] = shape.slice(-2);
  return transposed ? [c, r] : [r, c];
}

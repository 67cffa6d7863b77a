import * as v8 from 'node:v8';
import { readPackageFile } from '../../disk/readPackageFile';
import { webAssembly, type WasmMemory } from './webAssembly';

type Pointer = number;

/** What lib/assembly/index.ts exports. Pointers are byte offsets into the backend's memory; switches are 0 or 1. */
export interface WasmKernels {
  gemmScratch(): number;
  attentionScratch(kPos: number): number;
  matMul(
    ...args: [
      batch: number,
      m: number,
      n: number,
      k: number,
      a: Pointer,
      strideA: number,
      rowA: number,
      transposeA: number,
      b: Pointer,
      strideB: number,
      rowB: number,
      transposeB: number,
      bf16: number,
      bias: Pointer,
      c: Pointer,
      rowC: number,
      scratch: Pointer,
    ]
  ): void;
  attention(
    ...args: [
      q: Pointer,
      k: Pointer,
      v: Pointer,
      padding: Pointer,
      out: Pointer,
      logSum: Pointer,
      pattern: Pointer,
      first: number,
      last: number,
      qPos: number,
      kPos: number,
      nHeads: number,
      nKvHeads: number,
      dHead: number,
      scale: number,
      softcap: number,
      window: number,
      scratch: Pointer,
      gemmScratch: Pointer,
    ]
  ): void;
  attentionGrad(
    ...args: [
      q: Pointer,
      k: Pointer,
      v: Pointer,
      padding: Pointer,
      out: Pointer,
      logSum: Pointer,
      dy: Pointer,
      dq: Pointer,
      dk: Pointer,
      dv: Pointer,
      first: number,
      last: number,
      qPos: number,
      kPos: number,
      nHeads: number,
      nKvHeads: number,
      dHead: number,
      scale: number,
      softcap: number,
      window: number,
      scratch: Pointer,
      gemmScratch: Pointer,
    ]
  ): void;
  rmsNorm(x: Pointer, weight: Pointer, y: Pointer, rows: number, d: number, eps: number, offset: number): void;
  rmsNormGrad(
    ...args: [
      x: Pointer,
      weight: Pointer,
      dy: Pointer,
      dx: Pointer,
      dWeight: Pointer,
      rows: number,
      d: number,
      eps: number,
      offset: number,
    ]
  ): void;
  rope(
    ...args: [
      x: Pointer,
      cos: Pointer,
      sin: Pointer,
      positions: Pointer,
      y: Pointer,
      tokens: number,
      heads: number,
      dHead: number,
      inverse: number,
    ]
  ): void;
  gatedMlp(gate: Pointer, up: Pointer, y: Pointer, n: number, gelu: number): void;
  gatedMlpGrad(gate: Pointer, up: Pointer, dy: Pointer, dGate: Pointer, dUp: Pointer, n: number, gelu: number): void;
  crossEntropy(
    ...args: [
      logits: Pointer,
      targets: Pointer,
      weights: Pointer,
      loss: Pointer,
      logSum: Pointer,
      rows: number,
      dVocab: number,
    ]
  ): void;
  crossEntropyGrad(
    ...args: [
      logits: Pointer,
      targets: Pointer,
      weights: Pointer,
      logSum: Pointer,
      dy: Pointer,
      dLogits: Pointer,
      rows: number,
      dVocab: number,
    ]
  ): void;
  widen(from: Pointer, to: Pointer, n: number): void;
  embed(weight: Pointer, tokens: Pointer, y: Pointer, n: number, d: number, bf16: number): void;
  embedGrad(tokens: Pointer, dy: Pointer, dWeight: Pointer, n: number, dVocab: number, d: number): void;
  adamW(
    ...args: [
      param: Pointer,
      m: Pointer,
      v: Pointer,
      grad: Pointer,
      newParam: Pointer,
      newM: Pointer,
      newV: Pointer,
      n: number,
      beta1: number,
      rest1: number,
      beta2: number,
      rest2: number,
      keep: number,
      rate: number,
      root: number,
      eps: number,
    ]
  ): void;
  addVector(x: Pointer, vector: Pointer, mask: Pointer, y: Pointer, rows: number, d: number, coeff: number): void;
  ablateDirection(x: Pointer, direction: Pointer, mask: Pointer, y: Pointer, rows: number, d: number): void;
  pool(x: Pointer, mask: Pointer, y: Pointer, batch: number, pos: number, d: number): void;
  poolGrad(mask: Pointer, dy: Pointer, dx: Pointer, batch: number, pos: number, d: number): void;
}

/** Kernels that compute something and return nothing. */
export type WasmKernelName = Exclude<keyof WasmKernels, 'gemmScratch' | 'attentionScratch'>;

/** `(func (param v128 v128 v128) (result v128) f32x4.relaxed_madd)`: valid only where relaxed SIMD is on. */
const PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
]);

/** True when this engine runs relaxed SIMD (fused multiply-add); switches it on where it is still behind a flag. */
export function hasRelaxedSimd(): boolean {
  if (webAssembly.validate(PROBE)) return true;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return webAssembly.validate(PROBE);
}

/** Compiles one of the two builds of lib/assembly onto the backend's memory, which is one that threads can share.
 *
 * @throws Error if the build is missing or the engine does not support it
 */
export function instantiateWasmKernels(memory: WasmMemory, simd: 'relaxed' | 'simd'): WasmKernels {
  const bytes = readPackageFile(`kernels/wasm/${simd === 'relaxed' ? 'relaxed' : 'base'}.wasm`);
  const instance = new webAssembly.Instance(new webAssembly.Module(bytes), {
    env: { memory, log: Math.log },
  });
  return instance.exports as unknown as WasmKernels;
}

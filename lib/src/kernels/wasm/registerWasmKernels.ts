import type { TraitKernel } from '../dispatch';
import { matMulBodies, replaceStockMatMul } from './matMulBodies';
import { opBodies } from './opBodies';
import { replaceKernel, type WasmBody } from './replaceKernel';
import { instantiateWasmKernels } from './wasmModule';
import { guardHeap, wasmBackend } from './wasmBackend';
import { WasmHeap } from './wasmHeap';

/** Registers our kernels on the running wasm backend and puts right what the stock one gets wrong.
 *
 * Replaced: BatchMatMul and _FusedMatMul (scalar code for every transpose; bias added once per 48 of K; a stale packed
 * copy of weights), Identity (a copy per saved tensor), malloc at the 4 GiB limit. Calling it again with another `simd`
 * swaps the code under the kernels.
 */
export function registerWasmKernels(simd: 'relaxed' | 'simd'): void {
  const backend = wasmBackend();
  guardHeap(backend);
  const heap = new WasmHeap(backend, instantiateWasmKernels(backend.wasm.asm.memory, simd));
  const bodies: Partial<Record<TraitKernel, WasmBody>> = { ...matMulBodies(heap), ...opBodies(heap) };
  for (const [name, body] of Object.entries(bodies)) replaceKernel(name, body);
  replaceStockMatMul(heap);
  replaceKernel('Identity', ({ x }) => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}

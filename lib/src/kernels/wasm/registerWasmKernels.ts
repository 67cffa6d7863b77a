import type { TraitKernel } from '../dispatch';
import { matMulBodies, replaceStockMatMul } from './matMulBodies';
import { opBodies } from './opBodies';
import { replaceKernel, type WasmBody } from './replaceKernel';
import { controlBytes, ThreadPool } from './threadPool';
import { instantiateWasmKernels, type WasmKernelName, type WasmKernels } from './wasmModule';
import { guardHeap, wasmBackend, type WasmBackend } from './wasmBackend';
import { WasmHeap } from './wasmHeap';

let pool: ThreadPool | undefined;

/** Registers our kernels on the running wasm backend and puts right what the stock one gets wrong.
 *
 * Replaced: BatchMatMul and _FusedMatMul (scalar code for every transpose; bias added once per 48 of K; a stale packed
 * copy of weights), Identity (a copy per saved tensor), malloc at the 4 GiB limit. Calling it again with another `simd` or another number
 * of threads swaps what is under the kernels.
 *
 * @param threads  that work on each kernel, the main one among them
 * @throws Error if a thread does not start
 */
export async function registerWasmKernels(simd: 'relaxed' | 'simd', threads: number): Promise<void> {
  const backend = wasmBackend();
  guardHeap(backend);
  const kernels = instantiateWasmKernels(backend.wasm.asm.memory, simd);
  await pool?.stop();
  pool = threads > 1 ? await startPool(backend, kernels, { simd, threads }) : undefined;
  const heap = new WasmHeap(backend, kernels, pool);
  const bodies: Partial<Record<TraitKernel, WasmBody>> = { ...matMulBodies(heap), ...opBodies(heap) };
  for (const [name, body] of Object.entries(bodies)) replaceKernel(name, body);
  replaceStockMatMul(heap);
  replaceKernel('Identity', ({ x }) => {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}

function startPool(
  backend: WasmBackend,
  kernels: WasmKernels,
  { simd, threads }: { readonly simd: 'relaxed' | 'simd'; readonly threads: number },
): Promise<ThreadPool> {
  const control = (backend.wasm._malloc(controlBytes(threads) + 8) + 7) & ~7;
  const names = Object.keys(kernels) as WasmKernelName[];
  const start = { memory: backend.wasm.asm.memory, simd, control: control >>> 0, kernels: names };
  return ThreadPool.start(kernels, start, threads);
}

import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { packageFile } from '../disk/readPackageFile';
import { registerWasmKernels } from '../kernels/wasm/registerWasmKernels';
import { hasRelaxedSimd } from '../kernels/wasm/wasmModule';
import type { BackendInfo } from './backendInfo';

let isFound = false;

/** Starts the wasm backend with this project's kernels on it.
 *
 * @param simd     `auto` takes fused multiply-add where the engine has it; `simd` never does
 * @param threads  that work on each kernel; the numbers are the same however many
 * @throws Error if the engine lacks WebAssembly SIMD or the backend does not start
 */
export async function startWasm(simd: 'auto' | 'simd', threads: number): Promise<BackendInfo> {
  if (!isFound) {
    // Tfjs's module as it comes, but for the flag that lets threads share its memory (lib/assembly/build.mjs).
    const path = packageFile('kernels/wasm/tfjs-shared.wasm');
    const names = ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd'];
    setWasmPaths(Object.fromEntries(names.map((name) => [`${name}.wasm`, path])));
    isFound = true;
  }
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('startWasm: the wasm backend did not start; expected an engine with WebAssembly and SIMD');
  }
  const chosen = simd === 'auto' && hasRelaxedSimd() ? 'relaxed' : 'simd';
  await registerWasmKernels(chosen, threads);
  const arithmetic = chosen === 'relaxed' ? 'fused multiply-add (relaxed SIMD)' : 'base SIMD';
  const hands = threads === 1 ? 'one thread' : `${threads} threads`;
  return { name: 'wasm', simd: chosen, threads, description: `wasm: this project's kernels, ${hands}, ${arithmetic}` };
}

import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from '../kernels/wasm/registerWasmKernels';
import { hasRelaxedSimd } from '../kernels/wasm/wasmModule';
import type { BackendInfo } from './backendInfo';

/** Starts the wasm backend with this project's kernels on it.
 *
 * @param simd  `auto` takes fused multiply-add where the engine has it; `simd` never does
 * @throws Error if the engine lacks WebAssembly SIMD or the backend does not start
 */
export async function startWasm(simd: 'auto' | 'simd' = 'auto'): Promise<BackendInfo> {
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('startWasm: the wasm backend did not start; expected an engine with WebAssembly and SIMD');
  }
  const chosen = simd === 'auto' && hasRelaxedSimd() ? 'relaxed' : 'simd';
  registerWasmKernels(chosen);
  const arithmetic = chosen === 'relaxed' ? 'fused multiply-add (relaxed SIMD)' : 'base SIMD';
  return { name: 'wasm', simd: chosen, description: `wasm: this project's kernels, one thread, ${arithmetic}` };
}

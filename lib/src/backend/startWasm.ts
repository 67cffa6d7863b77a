import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { BackendInfo } from './initBackend';

/** Starts the wasm backend with this project's kernels on it.
 *
 * @throws Error if the engine lacks WebAssembly SIMD or the backend does not start
 */
export async function startWasm(): Promise<BackendInfo> {
  if (!(await tf.setBackend('wasm')))
    throw new Error('startWasm: the wasm backend did not start; expected WebAssembly with SIMD');
  await tf.ready();
  return { name: 'wasm', simd: 'simd', description: 'wasm: WebAssembly, one thread' };
}

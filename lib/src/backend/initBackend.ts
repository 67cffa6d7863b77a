import * as tf from '@tensorflow/tfjs';
import type { BackendInfo, BackendName } from './backendInfo';
import { startWasm } from './startWasm';

export interface InitBackendOptions {
  backend?: 'auto' | BackendName;
  /** Vector instructions of the wasm kernels: the best there are, or base SIMD (the same last bits on every engine). */
  simd?: 'auto' | 'simd';
}

let current: BackendInfo | undefined;
let currentSimd: 'auto' | 'simd' = 'auto';

/** Chooses and starts the backend on which all tensors will live.
 *
 * Calling it again returns what is running; asking for another backend then switches. `auto` takes wasm with our own
 * kernels and falls back to the plain cpu backend, saying so on standard error.
 *
 * @throws Error if a named backend cannot start
 */
export async function initBackend({ backend = 'auto', simd }: InitBackendOptions = {}): Promise<BackendInfo> {
  const asked = backend === 'auto' || backend === current?.name;
  const arithmetic = simd === undefined || current?.name !== 'wasm' || currentSimd === simd;
  if (current !== undefined && tf.getBackend() === current.name && asked && arithmetic) return current;
  current = backend === 'auto' ? await startBest(simd ?? 'auto') : await start(backend, simd ?? 'auto');
  currentSimd = simd ?? 'auto';
  return current;
}

async function startBest(simd: 'auto' | 'simd'): Promise<BackendInfo> {
  try {
    return await start('wasm', simd);
  } catch (error) {
    console.error(`initBackend: wasm does not start (${String(error)}); going on with the slow cpu backend`);
    return start('cpu', simd);
  }
}

async function start(backend: BackendName, simd: 'auto' | 'simd'): Promise<BackendInfo> {
  switch (backend) {
    case 'wasm':
      return startWasm(simd);
    case 'cpu':
      await tf.setBackend('cpu');
      return { name: 'cpu', simd: 'none', description: 'cpu: plain JavaScript, a reference for tests' };
    default:
      throw new Error(`initBackend: backend ${String(backend)} is not available; expected auto, wasm or cpu`);
  }
}

import * as tf from '@tensorflow/tfjs';
import type { BackendInfo, BackendName } from './backendInfo';
import { startWasm } from './startWasm';
import { threadCount } from './threadCount';

export interface InitBackendOptions {
  backend?: 'auto' | BackendName;
  /** Vector instructions of the wasm kernels: the best there are, or base SIMD (the same last bits on every engine). */
  simd?: 'auto' | 'simd';
  /** Threads that work on each kernel (default TRAITLAB_THREADS, else one a core); the numbers are the same however many. */
  threads?: number;
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
export async function initBackend({ backend = 'auto', simd, threads }: InitBackendOptions = {}): Promise<BackendInfo> {
  const asked = backend === 'auto' || backend === current?.name;
  const isWasm = current?.name === 'wasm';
  const arithmetic = simd === undefined || !isWasm || currentSimd === simd;
  const hands = threads === undefined || !isWasm || current?.threads === threads;
  if (current !== undefined && tf.getBackend() === current.name && asked && arithmetic && hands) return current;
  const how = { simd: simd ?? 'auto', threads: threadCount(threads) };
  current = backend === 'auto' ? await startBest(how) : await start(backend, how);
  currentSimd = simd ?? 'auto';
  return current;
}

interface WasmOptions {
  readonly simd: 'auto' | 'simd';
  readonly threads: number;
}

async function startBest(how: WasmOptions): Promise<BackendInfo> {
  try {
    return await start('wasm', how);
  } catch (error) {
    console.error(`initBackend: wasm does not start (${String(error)}); going on with the slow cpu backend`);
    return start('cpu', how);
  }
}

async function start(backend: BackendName, { simd, threads }: WasmOptions): Promise<BackendInfo> {
  switch (backend) {
    case 'wasm':
      return startWasm(simd, threads);
    case 'cpu':
      await tf.setBackend('cpu');
      return { name: 'cpu', simd: 'none', threads: 1, description: 'cpu: plain JavaScript, a reference for tests' };
    default:
      throw new Error(`initBackend: backend ${String(backend)} is not available; expected auto, wasm or cpu`);
  }
}

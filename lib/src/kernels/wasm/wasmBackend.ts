import * as tf from '@tensorflow/tfjs';
import { webAssembly, type WasmMemory } from './webAssembly';

/** The parts of tfjs-backend-wasm 4.22 that our kernels stand on; none of it is in its public types. */
export interface WasmBackend {
  wasm: {
    asm: { memory: WasmMemory };
    _malloc: (this: void, bytes: number) => number;
    _free: (this: void, pointer: number) => void;
  };
  dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  incRef(dataId: object): void;
}

/** The running wasm backend.
 *
 * @throws Error if another backend runs, or this tfjs version keeps its memory elsewhere
 */
export function wasmBackend(): WasmBackend {
  const backend = tf.backend() as unknown as Partial<WasmBackend>;
  const complete =
    tf.getBackend() === 'wasm' &&
    backend.wasm?.asm?.memory instanceof webAssembly.Memory &&
    typeof backend.wasm._malloc === 'function' &&
    typeof backend.dataIdMap?.get === 'function' &&
    typeof backend.makeOutput === 'function';
  if (!complete) {
    throw new Error(
      `wasmBackend: unexpected internals; expected @tensorflow/tfjs-backend-wasm 4.22, got ${tf.getBackend()}`,
    );
  }
  return backend as WasmBackend;
}

/** Makes a full heap an error: the stock backend takes malloc's 0 for an address and overwrites what lies there.
 *
 * @param backend  changed in place; guarding twice changes nothing
 */
export function guardHeap(backend: WasmBackend): void {
  backend.wasm._free(backend.wasm._malloc(16)); // the first call puts the real function in the place of a stub
  const malloc = backend.wasm._malloc as typeof backend.wasm._malloc & { guarded?: boolean };
  if (malloc.guarded === true) return;
  const guarded = (bytes: number): number => {
    const pointer = bytes < 2 ** 32 ? malloc(bytes) : 0;
    if (pointer === 0 && bytes > 0) {
      const used = (backend.wasm.asm.memory.buffer.byteLength / 2 ** 20).toFixed(0);
      throw new Error(
        `wasm: out of memory asking for ${(bytes / 2 ** 20).toFixed(1)} MiB with a heap of ${used} MiB (limit 4096); ` +
          'expected fewer or smaller tensors: use shorter batches, bfloat16 weights, or dispose what is not needed',
      );
    }
    return pointer;
  };
  backend.wasm._malloc = Object.assign(guarded, { guarded: true });
}

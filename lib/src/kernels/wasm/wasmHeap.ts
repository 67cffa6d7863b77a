import type * as tf from '@tensorflow/tfjs';
import type { WasmBackend } from './wasmBackend';
import type { WasmKernels } from './wasmModule';

/** The backend's memory as the kernels see it: addresses of tensors, new tensors, scratch. */
export class WasmHeap {
  private scratchPointer = 0;
  private scratchBytes = 0;
  private gemmPointer = 0;

  constructor(
    private readonly backend: WasmBackend,
    readonly kernels: WasmKernels,
  ) {}

  /** Address of a tensor's values; 0 for an argument that is not there. */
  at(tensor: tf.TensorInfo | undefined): number {
    return tensor === undefined ? 0 : this.backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
  }

  /** A new tensor with undefined values. */
  make(shape: readonly number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** Address of at least `bytes` of memory that is free until the next call. */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchPointer !== 0) this.backend.wasm._free(this.scratchPointer);
      this.scratchBytes = 0;
      this.scratchPointer = this.backend.wasm._malloc(bytes) >>> 0;
      this.scratchBytes = bytes;
    }
    return this.scratchPointer;
  }

  /** Address of the memory into which products pack their operands. */
  gemmScratch(): number {
    if (this.gemmPointer === 0) this.gemmPointer = this.backend.wasm._malloc(this.kernels.gemmScratch()) >>> 0;
    return this.gemmPointer;
  }
}

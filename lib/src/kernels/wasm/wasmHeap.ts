import type * as tf from '@tensorflow/tfjs';
import type { ThreadPool } from './threadPool';
import type { WasmBackend } from './wasmBackend';
import type { WasmKernelName, WasmKernels } from './wasmModule';

/** What a kernel is called on, to be divided among threads. */
export interface Shared {
  /** Things, as rows, that are computed independently. */
  readonly units: number;
  /** A part is a multiple of so many; the last has what is left over (default 1). */
  readonly multiple?: number;
  /** Multiplications, about, of the whole call. */
  readonly work: number;
}

/** Work of a part that is worth a thread: ten microseconds. */
const LEAST_WORK = 600_000;

/** The backend's memory as the kernels see it: addresses of tensors, new tensors, scratch, threads. */
export class WasmHeap {
  private readonly scratches: { pointer: number; bytes: number }[] = [];
  private readonly gemmPointers: number[] = [];

  constructor(
    private readonly backend: WasmBackend,
    readonly kernels: WasmKernels,
    private readonly pool?: ThreadPool,
  ) {}

  /** Address of a tensor's values; 0 for an argument that is not there. */
  at(tensor: tf.TensorInfo | undefined): number {
    return tensor === undefined ? 0 : this.backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
  }

  /** A new tensor with undefined values. */
  make(shape: readonly number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** Address of at least `bytes` of memory of a thread that is free until the next call. */
  scratch(bytes: number, thread = 0): number {
    const own = (this.scratches[thread] ??= { pointer: 0, bytes: 0 });
    if (bytes > own.bytes) {
      if (own.pointer !== 0) this.backend.wasm._free(own.pointer);
      own.bytes = 0;
      own.pointer = this.backend.wasm._malloc(bytes) >>> 0;
      own.bytes = bytes;
    }
    return own.pointer;
  }

  /** Address of the memory into which a thread's products pack their operands. */
  gemmScratch(thread = 0): number {
    return (this.gemmPointers[thread] ??= this.backend.wasm._malloc(this.kernels.gemmScratch()) >>> 0);
  }

  /** Calls a kernel on all units, each thread on a part of them where there is enough to do; the numbers are the same however many there are.
   *
   * @param part  arguments for the units from `from` to before `to` on a thread
   */
  share<K extends WasmKernelName>(
    kernel: K,
    { units, multiple = 1, work }: Shared,
    part: (from: number, to: number, thread: number) => Parameters<WasmKernels[K]>,
  ): void {
    const blocks = Math.max(1, Math.floor(units / multiple));
    const n = Math.min(this.pool?.threads ?? 1, blocks, Math.floor(work / LEAST_WORK));
    if (this.pool === undefined || n <= 1) {
      (this.kernels[kernel] as (...args: Parameters<WasmKernels[K]>) => void)(...part(0, units, 0));
      return;
    }
    const start = (i: number): number => (i === n ? units : multiple * Math.floor((blocks * i) / n));
    this.pool.run(
      kernel,
      Array.from({ length: n }, (_, i) => part(start(i), start(i + 1), i)),
    );
  }
}

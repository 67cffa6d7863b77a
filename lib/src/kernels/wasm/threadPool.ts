import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WasmKernelName, WasmKernels } from './wasmModule';
import type { WasmMemory } from './webAssembly';

/** Where in the control block what stands: int32 words, then the arguments of each thread as float64. */
export const CONTROL = { order: 0, done: 1, kernel: 2, failed: 3, words: 16, argumentsEach: 32 } as const;

/** Bytes of a control block. */
export function controlBytes(threads: number): number {
  return 4 * CONTROL.words + 8 * CONTROL.argumentsEach * threads;
}

/** What a thread is started with. */
export interface ThreadStart {
  readonly memory: WasmMemory;
  readonly simd: 'relaxed' | 'simd';
  /** Address of the control block. */
  readonly control: number;
  /** 1 for the first thread beside the main one. */
  readonly thread: number;
  /** Names of the kernels, in the order of their numbers. */
  readonly kernels: readonly WasmKernelName[];
}

/** How often a thread looks for something before it sleeps, some tenths of a millisecond: waking takes longer than most products. */
export const SPINS = 100_000;
const PATIENCE_MS = 60_000;

/** Threads that run the kernels on the memory of the wasm backend; the main thread works with them and then waits. */
export class ThreadPool {
  private readonly words: Int32Array;
  private readonly slots: Float64Array;
  private readonly names: readonly WasmKernelName[];

  private readonly workers: Worker[] = [];

  private constructor(
    private readonly kernels: WasmKernels,
    { memory, control, kernels: names }: Omit<ThreadStart, 'thread'>,
    /** The main thread among them. */
    readonly threads: number,
  ) {
    this.words = new Int32Array(memory.buffer, control, CONTROL.words);
    this.slots = new Float64Array(memory.buffer, control + 4 * CONTROL.words, CONTROL.argumentsEach * threads);
    this.names = names;
  }

  /** Starts the threads and waits until each can be given work; they end with the process and do not keep it.
   *
   * @param kernels  the main thread's, on the same memory
   * @throws Error if a thread does not start
   */
  static async start(kernels: WasmKernels, start: Omit<ThreadStart, 'thread'>, threads: number): Promise<ThreadPool> {
    const pool = new ThreadPool(kernels, start, threads);
    pool.words.fill(0);
    await Promise.all(
      Array.from({ length: threads - 1 }, (_, i) => {
        const worker = new Worker(join(__dirname, 'threadMain.js'), { workerData: { ...start, thread: i + 1 } });
        pool.workers.push(worker);
        return new Promise<void>((resolve, reject) => {
          worker.once('message', () => {
            worker.unref();
            resolve();
          });
          worker.once('error', reject);
        });
      }),
    );
    return pool;
  }

  /** Ends the threads; those that sleep too. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  /** Calls a kernel once for each list of arguments, the first on the main thread, and returns when all are done.
   *
   * @throws Error if a thread failed or was lost
   */
  run<K extends WasmKernelName>(kernel: K, parts: readonly Parameters<WasmKernels[K]>[]): void {
    const { words, slots } = this;
    for (let thread = 1; thread < this.threads; thread++) {
      const at = CONTROL.argumentsEach * thread;
      const given = parts.at(thread) as readonly number[] | undefined;
      slots[at] = given?.length ?? 0;
      if (given !== undefined) slots.set(given, at + 1);
    }
    words[CONTROL.kernel] = this.names.indexOf(kernel);
    Atomics.store(words, CONTROL.done, 0);
    Atomics.add(words, CONTROL.order, 1);
    Atomics.notify(words, CONTROL.order);
    (this.kernels[kernel] as (...args: readonly number[]) => void)(...(parts[0] as readonly number[]));
    const all = this.threads - 1;
    let done: number;
    for (let spins = 0; (done = Atomics.load(words, CONTROL.done)) < all; spins++) {
      if (spins > SPINS && Atomics.wait(words, CONTROL.done, done, PATIENCE_MS) === 'timed-out')
        throw new Error(
          `wasm: ${all - done} of ${all} threads do not answer; expected an end of ${kernel} within a minute`,
        );
    }
    if (Atomics.load(words, CONTROL.failed) !== 0)
      throw new Error(`wasm: ${kernel} failed on a thread; expected memory and arguments that fit`);
  }
}

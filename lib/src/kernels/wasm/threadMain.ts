// A thread of the pool: waits for an order, runs its part of the kernel, says that it is done.
import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL, SPINS, type ThreadStart } from './threadPool';
import { hasRelaxedSimd, instantiateWasmKernels } from './wasmModule';

const { memory, simd, control, thread, kernels: names } = workerData as ThreadStart;
if (simd === 'relaxed') hasRelaxedSimd();
const kernels = instantiateWasmKernels(memory, simd);
const words = new Int32Array(memory.buffer, control, CONTROL.words);
const slots = new Float64Array(
  memory.buffer,
  control + 4 * CONTROL.words + 8 * CONTROL.argumentsEach * thread,
  CONTROL.argumentsEach,
);
let seen = Atomics.load(words, CONTROL.order);
parentPort!.postMessage('ready');
for (;;) {
  for (let spins = 0; Atomics.load(words, CONTROL.order) === seen; spins++) {
    if (spins > SPINS) Atomics.wait(words, CONTROL.order, seen);
  }
  seen = Atomics.load(words, CONTROL.order);
  const count = slots[0];
  if (count > 0) {
    try {
      const run = kernels[names[words[CONTROL.kernel]]].bind(undefined) as (...args: readonly number[]) => void;
      run(...slots.subarray(1, 1 + count));
    } catch {
      Atomics.store(words, CONTROL.failed, 1);
    }
  }
  Atomics.add(words, CONTROL.done, 1);
  Atomics.notify(words, CONTROL.done);
}

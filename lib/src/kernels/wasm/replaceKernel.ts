import * as tf from '@tensorflow/tfjs';

/** Computes one kernel call: tensors in, new tensors out. */
export type WasmBody = (
  inputs: Record<string, tf.TensorInfo>,
  attrs: Record<string, unknown>,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel on the wasm backend in place of what is there; returns what was there. */
export function replaceKernel(kernelName: string, body: WasmBody): tf.KernelConfig | undefined {
  const before = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | null;
  if (before !== null && before !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      body(inputs as Record<string, tf.TensorInfo>, (attrs ?? {}) as Record<string, unknown>),
  });
  return before ?? undefined;
}

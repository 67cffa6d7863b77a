import * as tf from '@tensorflow/tfjs';

/** Gives the stock wasm backend the gradient of gather, which it lacks: UnsortedSegmentSum, on the backend's memory. */
export function addScatter(): void {
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const heap = backend as unknown as {
        makeOutput(shape: number[], dtype: string): tf.TensorInfo;
        typedArrayFromHeap(t: tf.TensorInfo): Float32Array;
      };
      const { x, segmentIds } = inputs as Record<string, tf.TensorInfo>;
      const n = attrs!.numSegments as number;
      const inner = x.shape.slice(segmentIds.shape.length);
      const width = inner.reduce((a, b) => a * b, 1);
      const out = heap.makeOutput([n, ...inner], 'float32');
      const sums = heap.typedArrayFromHeap(out).fill(0);
      const values = heap.typedArrayFromHeap(x);
      heap.typedArrayFromHeap(segmentIds).forEach((id, row) => {
        for (let i = 0; i < width; i++) sums[id * width + i] += values[row * width + i];
      });
      return out;
    },
  });
}

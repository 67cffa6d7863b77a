import * as tf from '@tensorflow/tfjs';
import { bf16Tensor, disposeWeight, packBf16, type Weight } from '../kernels/bf16Tensor';
import { matMul } from '../kernels/matMul';
import type { ModelConfig } from '../model/modelConfig';
import type { Speed } from './jobForecast';

/** Speed of the backend at hand on matrices like those of a model, measured in some tenths of a second. */
export async function measureSpeed(
  { dModel, dMlp }: Pick<ModelConfig, 'dModel' | 'dMlp'>,
  { isBf16 }: { isBf16: boolean },
): Promise<Speed> {
  const [k, n] = [Math.min(dModel, 1024), Math.min(dMlp, 2048)];
  return {
    wide: await productSeconds(256, k, n, isBf16),
    narrow: await productSeconds(16, k, n, isBf16),
    element: await elementSeconds(1 << 16),
    operation: await elementSeconds(1),
  };
}

/** Seconds of a multiply-add of `[rows k] · [n k]ᵀ`; a slow backend gets a smaller matrix. */
async function productSeconds(rows: number, k: number, n: number, isBf16: boolean): Promise<number> {
  const x = tf.ones([rows, k]);
  for (let part = 8; ; part /= 2) {
    const width = Math.max(1, Math.floor(n / part));
    const values = new Float32Array(width * k).fill(0.5);
    const weight: Weight = isBf16 ? bf16Tensor(packBf16(values), [width, k]) : tf.tensor2d(values, [width, k]);
    const seconds = await fastest(() => matMul(x, weight, { transposeB: true }));
    disposeWeight(weight);
    if (part > 1 && seconds < 0.01) continue;
    x.dispose();
    return seconds / (rows * k * width);
  }
}

async function elementSeconds(size: number): Promise<number> {
  const x = tf.ones([size]);
  const seconds = await fastest(() => tf.add(x, x));
  x.dispose();
  return seconds / size;
}

/** Runs go on for so long: the engine compiles what is called often anew, two to four times as fast, and long work runs at that speed. */
const WARM_MS = 120;

/** The shortest of several runs, the first left out. */
async function fastest(run: () => tf.Tensor): Promise<number> {
  let best = Infinity;
  const began = performance.now();
  for (let i = 0; i < 5 || performance.now() - began < WARM_MS; i++) {
    const start = performance.now();
    const y = run();
    await y.data();
    if (i > 0) best = Math.min(best, (performance.now() - start) / 1000);
    y.dispose();
  }
  return best;
}

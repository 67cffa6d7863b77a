/** The parameters of a sparse autoencoder with one hidden layer, K latents over rows of width d; gradients have the same form. */
export interface SparseCode {
  readonly width: number;
  /** [K d] flat */
  readonly encoder: Float64Array;
  /** [K] */
  readonly bias: Float64Array;
  /** [K d] flat, rows of norm 1 */
  readonly decoder: Float64Array;
}

/** The latents of a row: z = ReLU(W u + b).
 *
 * @param row  u, [d]
 * @returns    [K]
 */
export function latentsOf({ width, encoder, bias }: Omit<SparseCode, 'decoder'>, row: Float64Array): Float64Array {
  const latents = new Float64Array(bias.length);
  for (let k = 0; k < bias.length; k++) latents[k] = Math.max(0, bias[k] + innerProduct(encoder, k * width, row));
  return latents;
}

/** What latents stand for: Σ_k z_k D_k.
 *
 * @param latents  [K]
 * @returns        [d]
 */
export function decoded(
  { width, decoder }: Pick<SparseCode, 'width' | 'decoder'>,
  latents: Float64Array,
): Float64Array {
  const out = new Float64Array(width);
  for (let k = 0; k < latents.length; k++) {
    const z = latents[k];
    if (z === 0) continue;
    const at = k * width;
    for (let j = 0; j < width; j++) out[j] += z * decoder[at + j];
  }
  return out;
}

/** The loss of a batch and its gradient: the mean over rows of ‖u − Σ_k z_k D_k‖² + l1 Σ_k z_k.
 *
 * @param code  its parameters; the decoder's rows are taken as they are
 * @param batch [n d]
 * @returns     the loss and its gradient by each parameter
 * @source ours
 * @check test/monitor/sparseCode.test.ts (finite differences)
 */
export function sparseCodeGradient(
  code: SparseCode,
  batch: readonly Float64Array[],
  l1: number,
): { loss: number; gradient: SparseCode } {
  const { width, decoder } = code;
  const byEncoder = new Float64Array(code.encoder.length);
  const byBias = new Float64Array(code.bias.length);
  const byDecoder = new Float64Array(decoder.length);
  let [error, size] = [0, 0];
  for (const row of batch) {
    const latents = latentsOf(code, row);
    // Of the loss by what is decoded: 2 (û − u) / n.
    const slope = decoded(code, latents);
    for (let j = 0; j < width; j++) {
      const miss = slope[j] - row[j];
      error += miss * miss;
      slope[j] = (2 * miss) / batch.length;
    }
    for (let k = 0; k < latents.length; k++) {
      const z = latents[k];
      if (z === 0) continue;
      size += z;
      const at = k * width;
      const byLatent = innerProduct(decoder, at, slope) + l1 / batch.length;
      for (let j = 0; j < width; j++) {
        byDecoder[at + j] += z * slope[j];
        byEncoder[at + j] += byLatent * row[j];
      }
      byBias[k] += byLatent;
    }
  }
  const gradient = { width, encoder: byEncoder, bias: byBias, decoder: byDecoder };
  return { loss: (error + l1 * size) / batch.length, gradient };
}

/** The inner product of a row of a flat matrix, from `at` on, with a vector. */
function innerProduct(flat: Float64Array, at: number, vector: Float64Array): number {
  const width = vector.length;
  // Four sums side by side, which the processor adds at the same time.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = 0;
  for (; j + 3 < width; j += 4) {
    a += flat[at + j] * vector[j];
    b += flat[at + j + 1] * vector[j + 1];
    c += flat[at + j + 2] * vector[j + 2];
    d += flat[at + j + 3] * vector[j + 3];
  }
  for (; j < width; j++) a += flat[at + j] * vector[j];
  return a + b + (c + d);
}

import type { ModelConfig } from './modelConfig';

/** Rotary frequencies of one head, in radians per position, `[dHead/2]`.
 *
 * f_i = θ^(−2i/dHead). `linear` divides by the factor; `llama3` divides long wavelengths by it, keeps short ones, and
 * goes smoothly from one to the other between.
 *
 * @source Su et al. 2021 (arXiv 2104.09864), section 3.2; Llama 3.1 scaling as in transformers' modeling_rope_utils
 */
export function ropeFrequencies({
  dHead,
  ropeTheta,
  ropeScaling,
}: Pick<ModelConfig, 'dHead' | 'ropeTheta' | 'ropeScaling'>): Float32Array {
  const out = new Float32Array(dHead / 2);
  for (let i = 0; i < out.length; i++) {
    const plain = Math.fround(1 / Math.fround(ropeTheta ** ((2 * i) / dHead)));
    out[i] = scaled(plain, ropeScaling);
  }
  return out;
}

function scaled(frequency: number, scaling: ModelConfig['ropeScaling']): number {
  if (scaling === undefined) return frequency;
  if (scaling.kind === 'linear') return frequency / scaling.factor;
  const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalContext / highFreqFactor) return frequency;
  if (wavelength > originalContext / lowFreqFactor) return frequency / factor;
  const smooth = (originalContext / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** Cosines and sines for positions `first` … `first + count − 1`, each `[count dHead/2]` row-major. */
export function ropeTable(
  config: Pick<ModelConfig, 'dHead' | 'ropeTheta' | 'ropeScaling'>,
  first: number,
  count: number,
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(config);
  const half = frequencies.length;
  const cos = new Float32Array(count * half);
  const sin = new Float32Array(count * half);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((first + p) * frequencies[i]);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

import type { ModelConfig, Rope } from './modelConfig';

/** A rotary and how many numbers of each head it turns. */
type SizedRope = Rope & Pick<ModelConfig, 'rotarySize'>;

/** Rotary frequencies of one head, in radians per position, `[rotarySize/2]`.
 *
 * f_i = θ^(−2i/rotarySize). `linear` divides by the factor; `llama3` divides long wavelengths by it, keeps short ones, and
 * goes smoothly from one to the other between; `longrope` divides each by a factor of its own.
 *
 * @param isLong  whether the sequence is longer than longrope's original context
 * @source Su et al. 2021 (arXiv 2104.09864), section 3.2; Llama 3.1 scaling as in transformers' modeling_rope_utils;
 *   Ding et al. 2024 (arXiv 2402.13753) for longrope
 */
function ropeFrequencies({ rotarySize, ropeTheta, ropeScaling }: SizedRope, isLong = false): Float32Array {
  const out = new Float32Array(rotarySize / 2);
  for (let i = 0; i < out.length; i++) {
    const wavelength = Math.fround(ropeTheta ** ((2 * i) / rotarySize));
    if (ropeScaling?.kind === 'longrope') {
      const factor = Math.fround((isLong ? ropeScaling.longFactors : ropeScaling.shortFactors)[i]);
      out[i] = 1 / Math.fround(factor * wavelength);
    } else {
      out[i] = scaled(Math.fround(1 / wavelength), ropeScaling);
    }
  }
  return out;
}

function scaled(frequency: number, scaling: Exclude<Rope['ropeScaling'], { kind: 'longrope' }>): number {
  if (scaling === undefined) return frequency;
  if (scaling.kind === 'linear') return frequency / scaling.factor;
  const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalContext / highFreqFactor) return frequency;
  if (wavelength > originalContext / lowFreqFactor) return frequency / factor;
  const smooth = (originalContext / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** Cosines and sines for positions `first` … `first + count − 1`, each `[count rotarySize/2]` row-major.
 *
 * Those of `longrope` are multiplied by its attention factor.
 */
export function ropeTable(
  rope: SizedRope,
  { first, count, isLong }: { first: number; count: number; isLong?: boolean },
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, isLong);
  const length = rope.ropeScaling?.kind === 'longrope' ? rope.ropeScaling.attentionFactor : 1;
  const half = frequencies.length;
  const cos = new Float32Array(count * half);
  const sin = new Float32Array(count * half);
  for (let p = 0; p < count; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((first + p) * frequencies[i]);
      cos[p * half + i] = length * Math.cos(angle);
      sin[p * half + i] = length * Math.sin(angle);
    }
  }
  return { cos, sin };
}

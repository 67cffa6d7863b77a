import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype } from './checkArguments';
import { hasBody, isRecording, runBody } from './dispatch';

/** silu(x) = x·σ(x); geluTanh(x) = ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
export type Activation = 'silu' | 'geluTanh';

export interface GatedMlpOptions {
  activation: Activation;
}

/** The middle of a gated feed-forward layer: activation(gate) · up, elementwise.
 *
 * @param gate     `[*batch d]` float32
 * @param up       same shape, float32
 * @returns        same shape, float32
 * @throws Error   if the shapes differ, a dtype does not fit, or the activation is unknown
 * @source Shazeer 2020 (arXiv 2002.05202), equation 6
 */
export function gatedMlp(gate: tf.Tensor, up: tf.Tensor, { activation }: GatedMlpOptions): tf.Tensor {
  checkDtype('gatedMlp', 'float32', { gate, up });
  assertShape('gatedMlp', { up: [up.shape, gate.shape] });
  if (activation !== 'silu' && activation !== 'geluTanh') {
    throw new Error(`gatedMlp: unknown activation; expected silu or geluTanh, got ${String(activation)}`);
  }
  if (!(isRecording() ? hasBody('TraitGatedMlp', 'TraitGatedMlpGrad') : hasBody('TraitGatedMlp'))) {
    return gatedMlpReference(gate, up, { activation });
  }
  return runBody('TraitGatedMlp', { gate, up }, { activation })[0];
}

/** The definition of `gatedMlp` in plain tfjs operations. */
export function gatedMlpReference(gate: tf.Tensor, up: tf.Tensor, { activation }: GatedMlpOptions): tf.Tensor {
  return tf.tidy(() => {
    if (activation === 'silu') return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
    const cubic = tf.add(gate, tf.mul(tf.mul(tf.square(gate), gate), 0.044715));
    const half = tf.mul(gate, 0.5);
    return tf.mul(tf.mul(half, tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1)), up);
  });
}

// The gradient body takes {gate, up, dy} and returns [dGate, dUp].
tf.registerGradient({
  kernelName: 'TraitGatedMlp',
  inputsToSave: ['gate', 'up'],
  gradFunc: (dy, [gate, up], attrs) => {
    const activation = attrs.activation as Activation;
    const [dGate, dUp] = runBody('TraitGatedMlpGrad', { gate, up, dy: dy as tf.Tensor }, { activation });
    return { gate: () => dGate, up: () => dUp };
  },
});

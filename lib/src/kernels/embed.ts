import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { asFloat32, isBf16, type Weight } from './bf16Tensor';
import { checkDtype, checkIds } from './checkArguments';
import { hasBody, isRecording, runBody } from './dispatch';

/** Looks up one row per token: y[…] = weight[tokens[…]]. Its gradient adds each upstream row to the token's row.
 *
 * @param weight   `[dVocab d]`, float32 or bfloat16 (frozen)
 * @param tokens   `[*batch]` int32
 * @returns        `[*batch d]` float32
 * @throws Error   if a shape or dtype does not fit, or a token is out of range
 */
export function embed(weight: Weight, tokens: tf.Tensor): tf.Tensor {
  checkDtype('embed', 'float32', { weight: isBf16(weight) ? undefined : weight });
  checkDtype('embed', 'int32', { tokens });
  const { dVocab, d } = assertShape('embed', { weight: [weight.shape, ['dVocab', 'd']] });
  checkIds('embed', 'tokens', tokens, dVocab);
  if (!(isRecording() ? hasBody('TraitEmbed', 'TraitEmbedGrad') : hasBody('TraitEmbed')))
    return embedReference(weight, tokens);
  const attrs = { bf16: isBf16(weight), dVocab, d };
  return runBody('TraitEmbed', { weight: isBf16(weight) ? weight.packed : weight, tokens }, attrs)[0];
}

/** The definition of `embed` in plain tfjs operations. */
export function embedReference(weight: Weight, tokens: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.gather(asFloat32(weight), tokens as tf.Tensor1D));
}

// The gradient body takes {tokens, dy} and returns [dWeight].
tf.registerGradient({
  kernelName: 'TraitEmbed',
  inputsToSave: ['tokens'],
  gradFunc: (dy, [tokens], attrs) => ({
    weight: () => runBody('TraitEmbedGrad', { tokens, dy: dy as tf.Tensor }, { dVocab: attrs.dVocab as number })[0],
  }),
});

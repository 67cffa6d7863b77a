import * as tf from '@tensorflow/tfjs';
import { crossEntropy } from '../kernels/crossEntropy';
import { forward, type ForwardOptions } from '../model/forward';
import type { Decoder } from '../model/decoder';
import type { Batch } from './batch';

/** Mean negative log likelihood of the targets that count, in nats per token.
 *
 * Only positions whose target counts get logits, the widest tensors of all.
 *
 * @param model    weights that are not trained
 * @param options  `params` and `deltas`: what is trained
 * @returns a scalar
 */
export function languageModelLoss(
  model: Pick<Decoder, 'config' | 'params'>,
  batch: Batch,
  options: Pick<ForwardOptions, 'params' | 'deltas' | 'hooks'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    const tokens = tf.tensor2d(batch.inputs, [batch.rows, batch.pos], 'int32');
    const counted = Int32Array.from(batch.weights.keys()).filter((at) => batch.weights[at] > 0);
    const unembed = counted.length < batch.weights.length ? counted : 'all';
    const logits = forward(model, tokens, { ...options, unseen: 1, unembed }).logits!; // the last token is only predicted
    const targets = tf.tensor1d(
      counted.map((at) => batch.targets[at]),
      'int32',
    );
    const weights = tf.tensor1d(
      Float32Array.from(counted, (at) => batch.weights[at]),
      'float32',
    );
    return crossEntropy(tf.reshape(logits, [counted.length, model.config.dVocab]), targets, weights);
  });
}

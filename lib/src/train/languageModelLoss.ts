import * as tf from '@tensorflow/tfjs';
import { crossEntropy } from '../kernels/crossEntropy';
import { forward, type ForwardOptions } from '../model/forward';
import type { Model } from '../model/model';
import type { Batch } from './batch';

/** Mean negative log likelihood of the targets that count, in nats per token.
 *
 * @param model    weights that are not trained
 * @param options  `params` and `deltas`: what is trained
 * @returns a scalar
 */
export function languageModelLoss(
  model: Pick<Model, 'config' | 'params'>,
  batch: Batch,
  options: Pick<ForwardOptions, 'params' | 'deltas' | 'hooks'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    const { rows, pos } = batch;
    const tokens = tf.tensor2d(batch.inputs, [rows, pos], 'int32');
    const logits = forward(model, tokens, options).logits!;
    const targets = tf.tensor1d(batch.targets, 'int32');
    const weights = tf.tensor1d(batch.weights, 'float32');
    return crossEntropy(tf.reshape(logits, [rows * pos, model.config.dVocab]), targets, weights);
  });
}

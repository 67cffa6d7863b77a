import * as tf from '@tensorflow/tfjs';
import { assertShape } from '../shape/assertShape';
import { checkDtype, checkIds } from './checkArguments';
import { hasBody, isRecording, runBody, valuesAreNear } from './dispatch';

/** Weighted mean negative log likelihood in nats: Σ w_r·(log Σ_j exp(logits_rj) − logits_r,target_r) / Σ w_r.
 *
 * @param logits   `[rows dVocab]` float32
 * @param targets  `[rows]` int32, in range also where the weight is 0
 * @param weights  `[rows]` float32, 0 for rows that do not count; not differentiated
 * @returns        a scalar
 * @throws Error   if a shape or dtype does not fit, a target is out of range, or the weights are negative or sum to 0
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  checkDtype('crossEntropy', 'float32', { logits, weights });
  checkDtype('crossEntropy', 'int32', { targets });
  const { dVocab } = assertShape('crossEntropy', {
    logits: [logits.shape, ['rows', 'dVocab']],
    targets: [targets.shape, ['rows']],
    weights: [weights.shape, ['rows']],
  });
  checkIds('crossEntropy', 'targets', targets, dVocab);
  checkWeights(weights);
  if (!(isRecording() ? hasBody('TraitCrossEntropy', 'TraitCrossEntropyGrad') : hasBody('TraitCrossEntropy'))) {
    return crossEntropyReference(logits, targets, weights);
  }
  return runCrossEntropy(logits, targets, weights);
}

/** The definition of `crossEntropy` in plain tfjs operations. */
export function crossEntropyReference(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const chosen = tf.sum(tf.mul(logits, tf.oneHot(tf.cast(targets, 'int32'), logits.shape[1]!)), -1);
    const nll = tf.sub(tf.logSumExp(logits, -1), chosen);
    return tf.div(tf.sum(tf.mul(nll, weights)), tf.sum(weights)) as tf.Scalar;
  });
}

/** The body returns [loss, logSum [rows]]; the gradient body takes {logits, targets, weights, logSum, dy}, returns [dLogits]. */
function runCrossEntropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  if (!isRecording()) {
    const [loss, logSum] = runBody('TraitCrossEntropy', { logits, targets, weights }, {});
    logSum.dispose();
    return loss as tf.Scalar;
  }
  return tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor;
    const save = args[1] as tf.GradSaveFunc;
    const [loss, logSum] = runBody('TraitCrossEntropy', { logits: x, targets, weights }, {});
    save([x, targets, weights, logSum]);
    const gradFunc = (dy: tf.Tensor, [logits, targets, weights, logSum]: tf.Tensor[]): tf.Tensor[] =>
      runBody('TraitCrossEntropyGrad', { logits, targets, weights, logSum, dy }, {});
    return { value: loss, gradFunc };
  })(logits) as tf.Scalar;
}

function checkWeights(weights: tf.Tensor): void {
  if (!valuesAreNear()) return;
  let total = 0;
  for (const w of weights.dataSync()) {
    if (!(w >= 0)) throw new Error(`crossEntropy: invalid weight; expected numbers >= 0, got ${w}`);
    total += w;
  }
  if (!(total > 0)) throw new Error('crossEntropy: all weights are 0; expected at least one row that counts');
}

import { finite } from './finite';
import { ranks } from './ranks';

/** The area under the ROC curve: the chance that a positive scores higher than a negative, a tie counting half.
 *
 * (R − n₊(n₊ + 1)/2) / (n₊ n₋) with R the sum of the positives' ranks, tied scores sharing the mean of their ranks.
 *
 * @param scores    [n] finite; higher means more likely positive
 * @param positive  [n] which of them are
 * @returns         in [0, 1]; ½ where the scores say nothing
 * @throws Error on lengths that differ, on NaN, and where all or none are positive
 * @source Mann & Whitney 1947; Hanley & McNeil 1982
 * @check test/goldens/monitor (sklearn.metrics.roc_auc_score, with ties and unequal groups)
 */
export function auroc(scores: ArrayLike<number>, positive: readonly boolean[]): number {
  const values = finite('auroc: scores', scores, 2);
  if (positive.length !== values.length) {
    throw new Error(`auroc: scores and positive differ in length; expected ${values.length}, got ${positive.length}`);
  }
  const nPositive = positive.filter(Boolean).length;
  const nNegative = values.length - nPositive;
  if (nPositive === 0 || nNegative === 0) {
    throw new Error(
      `auroc: one class is empty; expected both, got ${nPositive} positive and ${nNegative} negative scores`,
    );
  }
  const rankSum = ranks(values).reduce((sum, rank, i) => (positive[i] ? sum + rank : sum), 0);
  return (rankSum - (nPositive * (nPositive + 1)) / 2) / (nPositive * nNegative);
}

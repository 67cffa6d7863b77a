import { auroc } from '../stats/auroc';

/** What is told of a classifier, each a share in [0, 1]; class 1 is the positive one. */
export const probeMetrics = ['accuracy', 'precision', 'recall', 'f1', 'auroc'] as const;
export type ProbeMetric = (typeof probeMetrics)[number];
export type ProbeScores = Readonly<Record<ProbeMetric, number>>;

/** Scores of log-odds, class 1 being predicted above 0; a ratio of nothing is 0, as in scikit-learn.
 *
 * @param logOdds   [n] finite
 * @param positive  [n] which are of class 1; both classes among them
 * @throws Error on lengths that differ, on NaN, and on one class alone
 * @source scikit-learn's accuracy_score, precision_score, recall_score, f1_score and roc_auc_score
 * @check test/goldens/probes (scikit-learn)
 */
export function probeScores(logOdds: readonly number[], positive: readonly boolean[]): ProbeScores {
  const area = auroc(logOdds, positive);
  const told = logOdds.map((value) => value > 0);
  const hits = told.filter((is, i) => is && positive[i]).length;
  const [predicted, actual] = [told, positive].map((labels) => labels.filter(Boolean).length);
  return {
    accuracy: told.filter((is, i) => is === positive[i]).length / told.length,
    precision: predicted === 0 ? 0 : hits / predicted,
    recall: hits / actual,
    f1: (2 * hits) / (predicted + actual),
    auroc: area,
  };
}

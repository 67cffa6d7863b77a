import { DocumentPart } from '../documents/documentPart';
import { dot } from '../stats/dot';
import { featureRows } from '../stats/featureRows';
import { fitTable } from './fitTable';
import { growForest } from './forest';
import { linearValue, type Linear } from '../stats/linear';
import { linearFrom } from './linearFrom';
import { fitLogistic, logisticProbability } from '../stats/logistic';
import { widthFrom } from './numberFrom';
import { standardise, standardised } from '../stats/standardise';
import { treeSumFrom, treeSumValue, type TreeSum } from './treeSum';

export const CLASSIFIER_NAMES = ['logistic', 'forest'] as const;
export type ClassifierName = (typeof CLASSIFIER_NAMES)[number];

/** A fitted classifier as plain data: `width` features, and the log-odds as a linear function or trees. */
export type ClassifierJson =
  | ({ readonly name: 'logistic'; readonly width: number } & Linear)
  | ({ readonly name: 'forest'; readonly width: number } & TreeSum);

/** A function from rows of features to a probability that was fitted to labels. */
export interface FittedClassifier {
  readonly name: ClassifierName;
  /** The probability of a positive, for each row.
   *
   * @param rows  [m d] finite, of the width it was fitted on
   * @throws Error on another width and on NaN
   */
  predict(rows: readonly ArrayLike<number>[]): number[];
  /** Plain data that `classifierFromJson` restores with the same predictions. */
  toJson(): ClassifierJson;
}

/** Fits one of the two classifiers of the step-aware alarm, with their published settings.
 *
 * - `logistic`: logistic regression with C = 1 on standardised features; its linear function is given for the features as they are
 * - `forest`: 200 trees of depth 5 with at least 5 different rows in a leaf, ⌊√d⌋ features at a split; the mean of the leaves' shares
 *
 * @param x         [n d] finite, n at least 10
 * @param positive  [n] labels, both among them
 * @param options   seed: of the forest, an integer in [0, 2³²), default 42
 * @throws Error on too few rows, on one label alone, on rows of different or no width, on lengths that differ, and on NaN
 * @source arXiv 2606.07631; scikit-learn's StandardScaler, LogisticRegression and RandomForestClassifier
 * @check test/goldens/monitor (all three)
 */
export function fitClassifier(
  name: ClassifierName,
  x: readonly ArrayLike<number>[],
  positive: readonly boolean[],
  { seed = 42 }: { seed?: number } = {},
): FittedClassifier {
  const where = 'fitClassifier';
  const { rows, target, width } = fitTable(where, x, positive.map(Number), { minRows: 10 });
  const nPositive = positive.filter(Boolean).length;
  if (nPositive === 0 || nPositive === rows.length) {
    throw new Error(`${where}: one label alone; expected both, got ${nPositive} positive of ${rows.length} rows`);
  }
  if (name === 'forest') {
    const options = { nTrees: 200, maxDepth: 5, minLeaf: 5, featuresPerSplit: Math.floor(Math.sqrt(width)), seed };
    return classifier({ name, width, ...growForest(rows, target, options) });
  }
  const scaling = standardise(rows);
  const onScale = fitLogistic(standardised(scaling, rows), positive);
  const coefficients = onScale.coefficients.map((value, j) => value / scaling.scale[j]);
  const intercept = onScale.intercept - dot(coefficients, scaling.mean);
  return classifier({ name, width, coefficients, intercept });
}

/** Restores a classifier from `FittedClassifier.toJson()`, for instance out of a file.
 *
 * @param json   checked
 * @param where  names it in a message, for instance the file; default `classifier`
 * @throws Error that lists all that does not fit
 * @source ours
 * @check test/monitor/classifier.test.ts
 */
export function classifierFromJson(json: unknown, where = 'classifier'): FittedClassifier {
  const part = DocumentPart.of(json, { where: 'classifierFromJson', path: where });
  const name = part.get('name').choice(CLASSIFIER_NAMES);
  const width = widthFrom(part.get('width'));
  const read =
    name === 'logistic'
      ? { name, width, ...linearFrom(part, width) }
      : name && { name, width, ...treeSumFrom(part, width) };
  part.finish();
  return classifier(read!);
}

function classifier(fitted: ClassifierJson): FittedClassifier {
  const probability = (row: readonly number[]): number =>
    fitted.name === 'logistic' ? logisticProbability(linearValue(fitted, row)) : treeSumValue(fitted, row);
  return {
    name: fitted.name,
    predict: (rows) => featureRows(`${fitted.name}.predict: rows`, rows, fitted.width).map(probability),
    toJson: () => fitted,
  };
}

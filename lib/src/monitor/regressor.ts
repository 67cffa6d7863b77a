import { DocumentPart } from '../documents/documentPart';
import { boostTrees } from './boosting';
import { featureRows } from '../stats/featureRows';
import { fitTable } from './fitTable';
import { growForest } from './forest';
import { linearValue, type Linear } from '../stats/linear';
import { linearFrom } from './linearFrom';
import { widthFrom } from './numberFrom';
import { fitRidge } from './ridge';
import { treeSumFrom, treeSumValue, type TreeSum } from './treeSum';

export const REGRESSOR_NAMES = ['forest', 'boosting', 'ridge'] as const;
export type RegressorName = (typeof REGRESSOR_NAMES)[number];

/** A fitted regressor as plain data: `width` features, and trees or a linear function. */
export type RegressorJson =
  | ({ readonly name: 'forest' | 'boosting'; readonly width: number } & TreeSum)
  | ({ readonly name: 'ridge'; readonly width: number } & Linear);

/** A function of rows of features that was fitted to numbers. */
export interface FittedRegressor {
  readonly name: RegressorName;
  /** What it makes of each row; not clipped.
   *
   * @param rows  [m d] finite, of the width it was fitted on
   * @throws Error on another width and on NaN
   */
  predict(rows: readonly ArrayLike<number>[]): number[];
  /** Plain data that `regressorFromJson` restores with the same predictions. */
  toJson(): RegressorJson;
}

/** Fits one of the three regressors of trait-space monitoring, with their published settings.
 *
 * - `forest`: 100 trees on bootstrap samples, depth 5, at least 5 different rows in a leaf, all features at every split; at least 10 rows
 * - `boosting`: 100 trees of depth 3 on what is left of the squared error, from the mean on, rate 0.1
 * - `ridge`: linear, penalty 1 on the coefficients and none on the intercept, features not scaled
 *
 * @param x       [n d] finite
 * @param y       [n] finite
 * @param options seed: of the forest's samples, an integer in [0, 2³²), default 42
 * @throws Error on too few rows, on rows of different or no width, on lengths that differ, and on NaN
 * @source arXiv 2606.07631; scikit-learn's RandomForestRegressor, GradientBoostingRegressor and Ridge. The trees are ours: those of
 *   ml-random-forest 2.1.0 agree less with scikit-learn's and take much longer (environment.md)
 * @check test/goldens/monitor (all three), test/monitor/regressor.test.ts
 */
export function fitRegressor(
  name: RegressorName,
  x: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  { seed = 42 }: { seed?: number } = {},
): FittedRegressor {
  const { rows, target, width } = fitTable('fitRegressor', x, y, { minRows: name === 'forest' ? 10 : 2 });
  if (name === 'forest') {
    return regressor({ name, width, ...growForest(rows, target, { nTrees: 100, maxDepth: 5, minLeaf: 5, seed }) });
  }
  if (name === 'boosting') {
    return regressor({ name, width, ...boostTrees(rows, target, { nTrees: 100, maxDepth: 3, minLeaf: 1, rate: 0.1 }) });
  }
  return regressor({ name, width, ...fitRidge(rows, target, 1) });
}

/** Restores a regressor from `FittedRegressor.toJson()`, for instance out of a file.
 *
 * @param json   checked
 * @param where  names it in a message, for instance the file; default `regressor`
 * @throws Error that lists all that does not fit
 * @source ours
 * @check test/monitor/regressor.test.ts
 */
export function regressorFromJson(json: unknown, where = 'regressor'): FittedRegressor {
  const part = DocumentPart.of(json, { where: 'regressorFromJson', path: where });
  const name = part.get('name').choice(REGRESSOR_NAMES);
  const width = widthFrom(part.get('width'));
  const read =
    name === 'ridge'
      ? { name, width, ...linearFrom(part, width) }
      : name && { name, width, ...treeSumFrom(part, width) };
  part.finish();
  return regressor(read!);
}

function regressor(fitted: RegressorJson): FittedRegressor {
  const valueOf = (row: readonly number[]): number =>
    fitted.name === 'ridge' ? linearValue(fitted, row) : treeSumValue(fitted, row);
  return {
    name: fitted.name,
    predict: (rows) => featureRows(`${fitted.name}.predict: rows`, rows, fitted.width).map(valueOf),
    toJson: () => fitted,
  };
}

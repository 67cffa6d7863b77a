import { DocumentPart } from '../documents/documentPart';
import { dot, norm } from '../stats/dot';
import { fitTable } from './fitTable';
import { numbersFrom, widthFrom } from './numberFrom';
import { standardise, standardised, type Standardisation } from '../stats/standardise';

/** Fitted components of partial least squares as plain data. */
export interface PlsJson extends Standardisation {
  readonly width: number;
  /** [k d] what a standardised row is multiplied by for each component's score. */
  readonly rotations: readonly (readonly number[])[];
}

/** Components of partial least squares. */
export interface FittedPls {
  /** The scores of rows.
   *
   * @param rows  [m d] finite, of the width it was fitted on
   * @returns     [m k]
   * @throws Error on another width and on NaN
   */
  transform(rows: readonly ArrayLike<number>[]): number[][];
  /** Plain data that `plsFromJson` restores with the same scores. */
  toJson(): PlsJson;
}

/** Partial least squares for one target: the directions of the features that go together with it, one after the other.
 *
 * Columns and target are standardised (n − 1). Component by component: w ∝ Xᵀy with ‖w‖ = 1 and its largest entry positive, scores
 * t = Xw, loadings p = Xᵀt / t·t; then X loses t pᵀ and y loses t (t·y)/(t·t). Scores of new rows come from r_k = w_k − Σ_{j<k} (p_j·w_k) r_j.
 *
 * @param x            [n d] finite, n at least 2
 * @param y            [n] finite
 * @param nComponents  k, from 1 to min(n − 1, d)
 * @throws Error on a k out of range, or above the number of components that the data have, and as `fitRegressor` on a table that does not fit
 * @source Wold, Sjöström & Eriksson 2001; signs and scaling as scikit-learn's PLSRegression
 * @check test/goldens/monitor (PLSRegression)
 */
export function fitPls(x: readonly ArrayLike<number>[], y: ArrayLike<number>, nComponents: number): FittedPls {
  const { rows, target, width } = fitTable('fitPls', x, y, { minRows: 2 });
  const most = Math.min(rows.length - 1, width);
  if (!(Number.isInteger(nComponents) && nComponents >= 1 && nComponents <= most)) {
    throw new Error(`fitPls: invalid nComponents; expected an integer in [1, ${most}], got ${nComponents}`);
  }
  const scaling = standardise(rows, { ddof: 1 });
  const left = standardised(scaling, rows);
  const column = target.map((value) => [value]);
  const leftTarget = standardised(standardise(column, { ddof: 1 }), column).flat();
  /** Σ_i weight_i row_i of what is left of the table. */
  const combined = (weights: readonly number[]): number[] => {
    const sum = new Array<number>(width).fill(0);
    left.forEach((row, i) => row.forEach((value, j) => (sum[j] += weights[i] * value)));
    return sum;
  };
  const loadings: number[][] = [];
  const rotations: number[][] = [];
  for (let k = 0; k < nComponents; k++) {
    const covariance = combined(leftTarget);
    const size = norm(covariance);
    if (!(size > 1e-10 * rows.length)) {
      throw new Error(`fitPls: x and y share only ${k} components; expected ${nComponents}`);
    }
    const peak = covariance.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    const weights = covariance.map((value) => value / (Math.sign(peak) * size));
    const scores = left.map((row) => dot(row, weights));
    const power = dot(scores, scores);
    const loading = combined(scores).map((value) => value / power);
    const slope = dot(scores, leftTarget) / power;
    left.forEach((row, i) => row.forEach((_, j) => (row[j] -= scores[i] * loading[j])));
    scores.forEach((score, i) => (leftTarget[i] -= score * slope));
    const rotation = [...weights];
    rotations.forEach((earlier, m) => {
      const share = dot(loadings[m], weights);
      earlier.forEach((value, j) => (rotation[j] -= share * value));
    });
    loadings.push(loading);
    rotations.push(rotation);
  }
  return fitted({ width, ...scaling, rotations });
}

/** Restores components from `FittedPls.toJson()`, for instance out of a file.
 *
 * @param json   checked
 * @param where  names it in a message, for instance the file; default `pls`
 * @throws Error that lists all that does not fit
 * @source ours
 * @check test/monitor/pls.test.ts
 */
export function plsFromJson(json: unknown, where = 'pls'): FittedPls {
  const part = DocumentPart.of(json, { where: 'plsFromJson', path: where });
  const width = widthFrom(part.get('width'));
  const read = {
    width,
    mean: numbersFrom(part.get('mean'), width),
    scale: numbersFrom(part.get('scale'), width),
    rotations: part
      .get('rotations')
      .items('component')
      .map((component) => numbersFrom(component, width)),
  };
  part.finish();
  return fitted(read);
}

function fitted(pls: PlsJson): FittedPls {
  return {
    transform: (rows) => standardised(pls, rows).map((row) => pls.rotations.map((rotation) => dot(rotation, row))),
    toJson: () => pls,
  };
}

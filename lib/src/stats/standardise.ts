import { featureRows } from './featureRows';
import { finiteRows } from './finite';
import { meanRows } from './meanRows';

/** The mean and the standard deviation of every column, by which rows are brought to one scale. */
export interface Standardisation {
  /** [d] */
  readonly mean: readonly number[];
  /** [d] standard deviation; 1 for a column without variance. */
  readonly scale: readonly number[];
}

/** The mean and the standard deviation of every column: √(Σ (x − mean)² / (n − ddof)), 1 where there is none but rounding.
 *
 * @param rows     [n d] finite, n above ddof
 * @param options  ddof: 0 (default) as scikit-learn's StandardScaler, 1 as its PLSRegression
 * @throws Error on too few rows, on rows of different length and on NaN
 * @source ours
 * @check test/goldens/monitor (StandardScaler)
 */
export function standardise(rows: readonly ArrayLike<number>[], { ddof = 0 }: { ddof?: 0 | 1 } = {}): Standardisation {
  const table = finiteRows('standardise: rows', rows, ddof + 1);
  const mean = Array.from(meanRows(table));
  const scale = mean.map((centre, j) => {
    const deviation = Math.sqrt(table.reduce((sum, row) => sum + (row[j] - centre) ** 2, 0) / (table.length - ddof));
    return deviation > Math.abs(centre) * table.length * Number.EPSILON ? deviation : 1;
  });
  return { mean, scale };
}

/** Rows on that scale: (x − mean) / scale.
 *
 * @param rows  [m d] finite, of the width of the standardisation
 * @returns     [m d]
 * @throws Error on another width and on NaN
 * @source ours
 * @check test/goldens/monitor (StandardScaler)
 */
export function standardised({ mean, scale }: Standardisation, rows: readonly ArrayLike<number>[]): number[][] {
  return featureRows('standardised: rows', rows, mean.length).map((row) =>
    row.map((value, j) => (value - mean[j]) / scale[j]),
  );
}

import type * as Danfo from 'danfojs-node';
import type { CellValue, Row } from './table';

/** Rows as a danfojs DataFrame, for grouping, joining and pivoting small tables; show it with `table`.
 *
 * danfojs guesses column types from the first 20 rows, so that a late 2.5 in a column of integers becomes 2; here every row
 * counts. Statistics belong in `stats`: danfojs's own fail on missing values.
 *
 * @param rows  objects with the same keys
 * @throws Error if there is no row, or the keys of a row differ from those of the first
 */
export function dataFrame(rows: readonly Row[]): Danfo.DataFrame {
  if (rows.length === 0) throw new Error('dataFrame: no rows; expected at least one');
  const columns = Object.keys(rows[0]);
  const odd = rows.findIndex((row) => Object.keys(row).join() !== columns.join());
  if (odd >= 0) {
    throw new Error(
      `dataFrame: row ${odd} has other columns; expected ${columns.join()}, got ${Object.keys(rows[odd]).join()}`,
    );
  }
  const values = rows.map((row) => columns.map((name) => row[name] ?? NaN));
  const dtypes = columns.map((_, c) => columnType(values.map((row) => row[c])));
  const danfo = require('danfojs-node') as typeof Danfo; // loaded late: it takes a second
  return new danfo.DataFrame(values, { columns, dtypes });
}

function columnType(values: readonly CellValue[]): 'int32' | 'float32' | 'boolean' | 'string' {
  if (values.every((value) => Number.isInteger(value))) return 'int32';
  if (values.every((value) => typeof value === 'number')) return 'float32';
  return values.every((value) => typeof value === 'boolean') ? 'boolean' : 'string';
}

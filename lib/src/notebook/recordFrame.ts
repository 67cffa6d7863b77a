import type * as Danfo from 'danfojs-node';
import type { RecordRow } from '../study/recordRows';
import { dataFrame } from './dataFrame';

/** Rows of records as a data frame, a column a trait: for questions of your own. What is not there (null) is NaN.
 *
 * @throws Error if there is no row
 * @check test/study/openRecords.test.ts
 */
export function recordFrame(rows: readonly RecordRow[]): Danfo.DataFrame {
  return dataFrame(rows.map(({ z, ...row }) => ({ ...row, ...z })));
}

import { finiteRows } from './finite';

/** Throws unless `rows` is a finite table of `width` columns, of any number of rows.
 *
 * @param where  name of the calling function and argument, for the message
 * @returns  [row column] plain copies
 * @throws Error naming the row that does not fit
 * @source ours
 */
export function featureRows(where: string, rows: readonly ArrayLike<number>[], width: number): number[][] {
  const table = finiteRows(where, rows, 0);
  if (table.length > 0 && table[0].length !== width) {
    throw new Error(`${where}: wrong number of features; expected ${width}, got ${table[0].length}`);
  }
  return table;
}

/** Throws unless `values` has at least `min` elements, all of them finite; returns a plain array copy.
 *
 * @param where  name of the calling function and argument, for the message
 * @throws Error on too few values, or on the first NaN or infinity
 * @source ours
 */
export function finite(where: string, values: ArrayLike<number>, min = 1): number[] {
  const out = Array.from(values);
  if (out.length < min) throw new Error(`${where}: too few values; expected at least ${min}, got ${out.length}`);
  const bad = out.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new Error(`${where}: invalid value; expected a finite number at index ${bad}, got ${out[bad]}`);
  return out;
}

/** Throws unless `rows` is a table of at least `minRows` rows of one common width, all finite.
 *
 * @returns  [row column] plain copies
 * @throws Error naming the first row that does not fit
 * @source ours
 */
export function finiteRows(where: string, rows: readonly ArrayLike<number>[], minRows = 1): number[][] {
  if (rows.length < minRows)
    throw new Error(`${where}: too few rows; expected at least ${minRows}, got ${rows.length}`);
  return rows.map((row, i) => {
    if (row.length !== rows[0].length) {
      throw new Error(`${where}: rows differ in length; expected ${rows[0].length}, got ${row.length} at row ${i}`);
    }
    return finite(`${where} row ${i}`, row);
  });
}

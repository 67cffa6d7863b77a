/** The mean of rows, summed in float64: Σ w_i row_i / Σ w_i.
 *
 * @param rows     [n d], n at least 1
 * @param weights  [n] not negative, not all 0; default 1 each
 * @returns        [d] float64
 * @throws Error on no rows, on rows of different length, on weights that do not fit, and where the mean is not finite
 * @source ours
 * @check test/stats/meanRows.test.ts
 */
export function meanRows(rows: readonly ArrayLike<number>[], weights?: readonly number[]): Float64Array {
  if (rows.length === 0) throw new Error('meanRows: no rows; expected at least one');
  if (weights !== undefined && weights.length !== rows.length) {
    throw new Error(`meanRows: weights has the wrong length; expected ${rows.length}, got ${weights.length}`);
  }
  const sum = new Float64Array(rows[0].length);
  let total = 0;
  rows.forEach((row, i) => {
    if (row.length !== sum.length) {
      throw new Error(`meanRows: rows differ in length; expected ${sum.length}, got ${row.length} at row ${i}`);
    }
    const w = weights === undefined ? 1 : weights[i];
    if (!(w >= 0)) throw new Error(`meanRows: invalid weight at row ${i}; expected a number >= 0, got ${w}`);
    total += w;
    for (let j = 0; j < sum.length; j++) sum[j] += w * row[j];
  });
  if (!(total > 0)) throw new Error('meanRows: weights are all 0; expected a positive sum');
  const mean = sum.map((s) => s / total);
  if (!mean.every(Number.isFinite)) throw new Error('meanRows: mean is not finite; expected finite rows');
  return mean;
}

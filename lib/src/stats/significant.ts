/** A number with so many significant digits: what a record keeps of it (float32 has seven).
 *
 * @check test/stats/significant.test.ts
 */
export function significant(x: number, digits: number): number {
  return Number(x.toPrecision(digits));
}

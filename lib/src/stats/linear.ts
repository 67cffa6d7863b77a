import { dot } from './dot';

/** A linear function of a row, as plain data: intercept + coefficients · row. */
export interface Linear {
  /** [d] */
  readonly coefficients: readonly number[];
  readonly intercept: number;
}

/** intercept + coefficients · row.
 *
 * @param row  [d]
 */
export function linearValue({ coefficients, intercept }: Linear, row: ArrayLike<number>): number {
  return intercept + dot(coefficients, row);
}

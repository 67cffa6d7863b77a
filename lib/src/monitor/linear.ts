import type { DocumentPart } from '../documents/documentPart';
import { dot } from '../stats/dot';
import { numberFrom, numbersFrom } from './numberFrom';

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

/** Reads a linear function from a document; what does not fit is a problem there.
 *
 * @param width  how many features there are
 */
export function linearFrom(part: DocumentPart, width: number): Linear {
  return { coefficients: numbersFrom(part.get('coefficients'), width), intercept: numberFrom(part.get('intercept')) };
}

import type { DocumentPart } from '../documents/documentPart';
import type { Linear } from '../stats/linear';
import { numberFrom, numbersFrom } from './numberFrom';

/** Reads a linear function from a document; what does not fit is a problem there.
 *
 * @param width  how many features there are
 */
export function linearFrom(part: DocumentPart, width: number): Linear {
  return { coefficients: numbersFrom(part.get('coefficients'), width), intercept: numberFrom(part.get('intercept')) };
}

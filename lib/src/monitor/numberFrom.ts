import type { DocumentPart } from '../documents/documentPart';

/** A number that has to be in a document; a problem there, and 0, if it is not or does not fit.
 *
 * @param fits  default: finite
 */
export function numberFrom(
  part: DocumentPart,
  expected = 'a finite number',
  fits: (value: number) => boolean = Number.isFinite,
): number {
  if (part.isMissing) part.problem(`missing; expected ${expected}`);
  return part.number(fits, expected) ?? 0;
}

/** A list of `length` finite numbers that has to be in a document. */
export function numbersFrom(part: DocumentPart, length: number): number[] {
  const items = part.items('number');
  if (items.length !== 0 && items.length !== length) part.problem(`${items.length} numbers; expected ${length}`);
  return items.map((item) => numberFrom(item));
}

/** How many features there are, which has to be in a document: an integer from 1. */
export function widthFrom(part: DocumentPart): number {
  return numberFrom(part, 'an integer from 1', (value) => Number.isInteger(value) && value >= 1);
}

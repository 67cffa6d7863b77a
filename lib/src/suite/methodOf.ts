import type { DocumentPart } from '../documents/documentPart';
import type { CellMethod } from './suite';

/** The method of a cell; undefined, with a problem noted, if the part says none. */
export function methodOf(part: DocumentPart): CellMethod | undefined {
  const { value } = part;
  if (value === 'nineRank1' || value === 'oneRank1') return value;
  if (value === 'full' || (typeof value === 'string' && /^rank[1-9]\d{0,5}$/.test(value))) return value as CellMethod;
  part.problem(`${JSON.stringify(value)}; expected full, nineRank1, oneRank1, or rank16 with a rank from 1`);
  return undefined;
}

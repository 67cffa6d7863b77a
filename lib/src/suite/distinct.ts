import type { DocumentPart } from '../documents/documentPart';

/** The values of a list, of which none is there twice. */
export function distinct<T>(part: DocumentPart, what: string, read: (item: DocumentPart) => T | undefined): T[] {
  const values = part.items(what).map((item) => {
    if (item.isMissing) item.problem(`missing; expected a ${what}`);
    return item.isMissing ? undefined : read(item);
  });
  const twice = values.filter((value, i) => value !== undefined && values.indexOf(value) < i);
  if (twice.length > 0) part.problem(`${[...new Set(twice)].join(', ')} twice; expected different ones`);
  return values.flatMap((value) => value ?? []);
}

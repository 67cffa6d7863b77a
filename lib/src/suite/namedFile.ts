import { dirname, isAbsolute, join } from 'node:path';
import type { DocumentPart } from '../documents/documentPart';

/** A path as a document means it: from the folder of the document. */
function besideDocument({ path }: Pick<DocumentPart, 'path'>, name: string): string {
  return isAbsolute(name) ? name : join(dirname(path), name);
}

/** What a reader gives of the file that a part of a document names; what is wrong with that file is noted on the part.
 *
 * @returns undefined if anything is wrong
 */
export function namedFile<T>(part: DocumentPart, read: (path: string) => T): T | undefined {
  if (typeof part.value !== 'string' || part.value.trim() === '') {
    part.text();
    return undefined;
  }
  try {
    return read(besideDocument(part, part.value));
  } catch (error) {
    part.problem((error as Error).message.replace(/^\w+: /, ''));
    return undefined;
  }
}

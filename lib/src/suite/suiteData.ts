import type { DocumentPart } from '../documents/documentPart';
import { dataFile, type DataFile } from './dataFile';
import { namedFile } from './namedFile';

const ROLES = ['calibration', 'heldOut', 'stress'] as const;
const KINDS = ['dangerous', 'benign'] as const;

/** What may name a suite, or a data set, and so their files. */
export const FILE_NAME = /^\w[\w.-]*$/;

/** The data sets of a suite's document, its part `datasets`. What does not fit is noted on its part.
 *
 * @param nChats  of a finetune; a set with fewer is a problem
 */
export function suiteData(part: DocumentPart, nChats: number): DataFile[] {
  if (part.isMissing) {
    part.problem('missing; expected a mapping of names to data sets ({} for none)');
    return [];
  }
  const sets = part.entries();
  const names = sets.map(([name]) => name);
  return sets.flatMap(([name, set]) => {
    if (!FILE_NAME.test(name)) set.problem('no name for files; expected letters, digits, _, - and .');
    set.entries({ known: ['file', 'role', 'kind', 'twin'] });
    if (!set.isMapping) return [];
    const [role, kind] = [set.get('role').choice(ROLES), set.get('kind').choice(KINDS)];
    const twin = set.get('twin').optionalText();
    const others = names.filter((other) => other !== name);
    if (twin !== undefined && !others.includes(twin))
      set
        .get('twin')
        .problem(
          `no other data set ${twin}; expected ${others.length > 0 ? `one of ${others.join(', ')}` : 'none, since there is no other'}`,
        );
    const about = {
      name,
      role: role ?? 'stress',
      kind: kind ?? 'benign',
      ...(twin !== undefined && { twin }),
    } as const;
    const found = namedFile(set.get('file'), (path) => dataFile(path, about));
    if (found === undefined) return [];
    if (found.nChats < nChats) set.get('file').problem(`${found.nChats} chats; expected at least ${nChats} (study.nChats)`); // prettier-ignore
    return [found];
  });
}

import { createHash } from 'node:crypto';
import { readWhole } from '../disk/readWhole';
import { rng } from '../random/rng';
import { readChats } from '../train/chatExamples';
import type { DataSet } from './suite';

/** A data set that is a file of chats, with the hash of its bytes and how many chats there are. */
export interface DataFile extends DataSet {
  readonly hash: string;
  readonly nChats: number;
}

/** Opens a file of chats as a data set: `messages` a line, or a JSON list of them.
 *
 * Chats are drawn without replacement, in an order that the seed and their number alone decide: twins that lie row by row side by
 * side give the same rows.
 *
 * @throws Error listing every line that is no chat
 */
export function dataFile(path: string, about: Omit<DataSet, 'hash' | 'sample'>): DataFile {
  const hash = createHash('sha256').update(readWhole('dataFile', path)).digest('hex');
  const chats = readChats(path);
  return {
    ...about,
    hash,
    nChats: chats.length,
    sample: (n, seed) => {
      if (!(Number.isSafeInteger(n) && n >= 1 && n <= chats.length))
        throw new Error(`dataFile: ${path}: ${chats.length} chats; expected at least ${n} of them, an integer from 1`);
      return rng(seed).split('chats').sample(chats, n);
    },
  };
}

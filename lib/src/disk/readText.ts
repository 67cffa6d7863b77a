import { readFileSync } from 'node:fs';
import { fileProblem } from './fileProblem';

/** Reads a UTF-8 text file.
 *
 * @param where  the caller, for messages
 * @throws Error naming the caller and the file if it is missing or in another encoding: text with letters lost is no text
 */
export function readText(where: string, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`${where}: ${path}: ${fileProblem(error)}; expected a readable file`);
  }
  if (isUtf16(bytes)) throw new Error(`${where}: ${path}: UTF-16 text; expected UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`${where}: ${path}: not UTF-8 text; expected UTF-8`);
  }
}

/** Whether bytes begin with a byte-order mark of UTF-16 or hold NULs in every second place, as Latin letters have there. */
function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return true;
  const nuls = [0, 0];
  const some = bytes.subarray(0, 4096);
  some.forEach((byte, i) => (nuls[i % 2] += Number(byte === 0)));
  const [few, many] = nuls.sort((a, b) => a - b);
  return many > 1 && many > some.length / 8 && few <= many / 10;
}

import { readFileSync, statSync } from 'node:fs';

/** The bytes of a whole file, in a buffer of their own.
 *
 * @param where  function named in messages
 * @throws Error if there is no such file or it is longer than `maxBytes`
 */
export function readWhole(where: string, path: string, maxBytes = 2 ** 30): Uint8Array {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new Error(`${where}: ${path}: no such file; expected a file`);
  if (stat.size > maxBytes) throw new Error(`${where}: ${path}: ${stat.size} bytes long; expected at most ${maxBytes}`);
  return Uint8Array.from(readFileSync(path));
}

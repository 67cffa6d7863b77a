import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a file or folder is there. */
export function fileExists(path: string): boolean {
  return existsSync(path);
}

/** Whether a folder is there. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** The names in a folder, sorted; an empty list if there is no such folder. */
export function listFolder(path: string): string[] {
  return existsSync(path) ? readdirSync(path).sort() : [];
}

/** Removes a file; one that is not there is no error. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Removes what atomic writes of killed processes left in a folder: names that end in `.tmp-` and a number.
 *
 * @param start  of the names, where others are at work in the folder (default: any)
 */
export function removeLeftovers(dir: string, start = ''): void {
  for (const name of listFolder(dir)) {
    if (name.startsWith(start) && /\.tmp-\d+$/.test(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

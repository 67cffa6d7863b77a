import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileProblem } from './fileProblem';
import { fileExists, isFolder } from './folder';

/** Refuses a place where a file or folder cannot be written, before work is done for it.
 *
 * Missing folders on the way are no problem: they will be made.
 *
 * @throws Error naming the caller and the place
 */
export function checkOutput(where: string, path: string, kind: 'file' | 'folder'): void {
  if (fileExists(path) && isFolder(path) !== (kind === 'folder')) {
    throw new Error(
      kind === 'file'
        ? `${where}: ${path}: it is a folder; expected the name of a file to write`
        : `${where}: ${path}: it is a file; expected a folder to write to`,
    );
  }
  let at = kind === 'folder' ? resolve(path) : dirname(resolve(path));
  while (!fileExists(at) && dirname(at) !== at) at = dirname(at);
  try {
    if (!isFolder(at)) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`${where}: ${path}: ${fileProblem(error)}; expected a place that can be written`);
  }
}

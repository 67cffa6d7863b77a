import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileProblem } from './fileProblem';
import { writeAll } from './writeAll';

/** Writes a file so that it is either the old one or the whole new one, never a part.
 *
 * The bytes go to a temporary name beside the target, which is renamed when all are on disk; missing folders are made.
 *
 * @param path    target file
 * @param chunks  text or bytes, one piece or several written one after the other
 * @throws Error naming the file, with the `code` of the file system; the temporary file is removed
 */
export function writeFileAtomic(path: string, chunks: string | Uint8Array | Iterable<string | Uint8Array>): void {
  const pieces = typeof chunks === 'string' || chunks instanceof Uint8Array ? [chunks] : chunks;
  replaceAtomically(path, (temporary) => {
    const fd = openSync(temporary, 'w');
    try {
      for (const piece of pieces) writeAll(fd, typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/** Lets `write` make a file or a folder under a temporary name, then moves it to `path`; on an error nothing is left.
 *
 * A file at `path` is replaced; a folder there must be empty, so that nothing of the user's is lost.
 */
export function replaceAtomically(path: string, write: (temporary: string) => void): void {
  const temporary = `${path}.tmp-${process.pid}`;
  const cleanUp = (): void => rmSync(temporary, { recursive: true, force: true });
  try {
    mkdirSync(dirname(path), { recursive: true });
    cleanUp();
    unfinished.add(temporary);
    write(temporary);
    renameSync(temporary, path);
  } catch (error) {
    try {
      cleanUp();
    } catch {
      // Where nothing could be written, there may be nothing that could be removed.
    }
    const problem = `write: ${path}: ${fileProblem(error)}; expected a place that can be written`;
    throw Object.assign(new Error(problem), { code: (error as NodeJS.ErrnoException).code });
  } finally {
    unfinished.delete(temporary);
  }
}

const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true });
});

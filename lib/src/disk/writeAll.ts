import { writeSync } from 'node:fs';

/** Writes all bytes to an open file, where one write may take only a part.
 *
 * @throws Error of the file system if the disk is full
 */
export function writeAll(fd: number, bytes: Uint8Array): void {
  const most = 2 ** 30;
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, Math.min(most, bytes.length - at));
}

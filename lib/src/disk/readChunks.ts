import { closeSync, openSync, readSync } from 'node:fs';

/** The bytes of a file, piece by piece, in a buffer that is used again for each. */
export function* readChunks(path: string, chunkBytes = 1 << 22): Generator<Uint8Array> {
  const buffer = new Uint8Array(chunkBytes);
  const fd = openSync(path, 'r');
  try {
    for (let got = readSync(fd, buffer); got > 0; got = readSync(fd, buffer)) yield buffer.subarray(0, got);
  } finally {
    closeSync(fd);
  }
}

import { statSync } from 'node:fs';

/** Size and time of change of a file, as text: the same while the file is the same. */
export function fileStamp(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

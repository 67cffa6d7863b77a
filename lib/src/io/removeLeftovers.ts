import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from './listFolder';

/** Removes what atomic writes of killed processes left in a folder: names that end in `.tmp-` and a number. */
export function removeLeftovers(dir: string): void {
  for (const name of listFolder(dir)) {
    if (/\.tmp-\d+$/.test(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

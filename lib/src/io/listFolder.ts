import { existsSync, readdirSync } from 'node:fs';

/** The names in a folder, sorted; an empty list if there is no such folder. */
export function listFolder(path: string): string[] {
  return existsSync(path) ? readdirSync(path).sort() : [];
}

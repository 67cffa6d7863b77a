import { readFileSync } from 'node:fs';
import { fileProblem } from './fileProblem';

/** Reads a UTF-8 text file; a missing file is an error that names the caller and the file. */
export function readText(where: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${where}: ${path}: ${fileProblem(error)}; expected a readable file`);
  }
}

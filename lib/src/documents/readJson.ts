import { readText } from '../disk/readText';
import { jsonProblem } from './jsonProblem';

/** Reads a JSON file.
 *
 * @throws Error naming the caller, the file and what is wrong (missing, not JSON)
 */
export function readJson(where: string, path: string): unknown {
  return parseJson(where, path, readText(where, path));
}

/** Parses JSON text that came from `path`; a byte-order mark in front is no part of it. */
export function parseJson(where: string, path: string, text: string): unknown {
  const own = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(own);
  } catch (error) {
    throw new Error(`${where}: ${path}: not JSON (${jsonProblem(own, error)}); expected a JSON document`);
  }
}

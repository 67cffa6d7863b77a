import { parseJson, readText } from './readJson';
import { writeFileAtomic } from './writeAtomic';

/** Reads a JSON-lines file; blank lines are skipped.
 *
 * @returns the values and, for messages, `file:line` of each
 * @throws Error naming the caller, the file and the line that is not JSON
 */
export function readJsonl(where: string, path: string): { value: unknown; at: string }[] {
  return readText(where, path)
    .split('\n')
    .map((text, i) => ({ text: text.trim(), at: `${path}:${i + 1}` }))
    .filter(({ text }) => text !== '')
    .map(({ text, at }) => ({ value: parseJson(where, at, text), at }));
}

/** Writes one JSON value a line. */
export function writeJsonl(path: string, values: readonly unknown[]): void {
  writeFileAtomic(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

import { jsonProblem } from './jsonProblem';
import { listed } from './listed';
import { readText } from '../disk/readText';
import { writeFileAtomic } from '../disk/writeAtomic';

/** A value of a JSON-lines file with its place. */
export interface JsonLine {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
  /** `file:line`, for messages. */
  readonly at: string;
}

/** Reads a JSON-lines file; blank lines are skipped.
 *
 * @throws Error naming the caller, the file and the lines that are not JSON
 */
export function readJsonl(where: string, path: string): JsonLine[] {
  const problems: string[] = [];
  const rows = readText(where, path)
    .split('\n')
    .map((text, i) => ({ text: text.trim(), line: i + 1, at: `${path}:${i + 1}` }))
    .filter(({ text }) => text !== '')
    .map(({ text, ...place }) => {
      try {
        return { value: JSON.parse(text) as unknown, ...place };
      } catch (error) {
        problems.push(`${place.at}: not JSON (${jsonProblem(text, error)})`);
        return { value: undefined, ...place };
      }
    });
  if (problems.length > 0) throw new Error(`${where}: ${listed(problems)}; expected a JSON document a line`);
  return rows;
}

/** Writes one JSON value a line. */
export function writeJsonl(path: string, values: readonly unknown[]): void {
  writeFileAtomic(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

import { basename, dirname } from 'node:path';
import { fileExists, removeLeftovers } from '../disk/folder';
import { readJsonl, writeJsonl } from '../documents/jsonl';

/** One point of a sweep. */
export interface Point<T> {
  /** Different for each point of the sweep. */
  readonly name: string;
  /** Of all that decides its value (`keyOf`). */
  readonly key: string;
  /** Measures it: a JSON value. */
  readonly run: () => Promise<T>;
}

export interface RunPointsOptions<T> {
  /** A file of JSON lines, one a point; without it nothing is kept. */
  path?: string;
  /** Told after each point, also one that was there. */
  onPoint?: (name: string, value: T, at: { readonly done: number; readonly total: number }) => void | Promise<void>;
}

interface Line<T> {
  readonly name: string;
  readonly key: string;
  readonly value: T;
}

/** Measures the points of a sweep one after the other and keeps them in a file that is written whole after each, in the order of the points.
 *
 * A point that is there under its key is not measured again: a sweep that was killed goes on where it was and ends with the same bytes.
 * Lines of other names stay, behind those of the points. A file is one process's: sweeps side by side have a file each.
 *
 * @returns the values in the order of the points, as they are read back
 * @throws Error if a name stands twice, or naming the file and the line that is not one of a point
 * @check test/records/runPoints.test.ts
 */
export async function runPoints<T>(
  points: readonly Point<T>[],
  { path, onPoint }: RunPointsOptions<T> = {},
): Promise<T[]> {
  const names = new Set(points.map(({ name }) => name));
  if (names.size < points.length)
    throw new Error('runPoints: a name stands twice; expected a different one for each point');
  if (path !== undefined) removeLeftovers(dirname(path), `${basename(path)}.`);
  const there = path !== undefined && fileExists(path) ? readPoints<T>(path) : [];
  const known = new Map(there.map((line) => [line.name, line]));
  const others = there.filter(({ name }) => !names.has(name));
  const lines = new Map<string, Line<T>>();
  for (const { name, key } of points) {
    const line = known.get(name);
    if (line?.key === key) lines.set(name, line);
  }
  for (const [done, { name, key, run }] of points.entries()) {
    if (!lines.has(name)) {
      const value = JSON.parse(JSON.stringify(await run())) as T;
      lines.set(name, { name, key, value });
      if (path !== undefined) writeJsonl(path, [...points.flatMap((p) => lines.get(p.name) ?? []), ...others]);
    }
    await onPoint?.(name, lines.get(name)!.value, { done: done + 1, total: points.length });
  }
  return points.map(({ name }) => lines.get(name)!.value);
}

function readPoints<T>(path: string): Line<T>[] {
  return readJsonl('runPoints', path).map(({ value, at }) => {
    const line = value as Partial<Line<T>> | null;
    if (typeof line?.name !== 'string' || typeof line.key !== 'string' || line.value === undefined)
      throw new Error(
        `runPoints: ${at}: no point; expected name, key and value (without the file all is measured again)`,
      );
    return line as Line<T>;
  });
}

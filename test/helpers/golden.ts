import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Reads test/goldens/<topic>/<name>.json; the numbers were made by the script beside it. */
export function golden<T>(topic: string, name = topic): T {
  const file = path.join(__dirname, '..', '..', 'goldens', topic, `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

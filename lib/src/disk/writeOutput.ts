import { fstatSync } from 'node:fs';
import { fileProblem } from './fileProblem';
import { writeAll } from './writeAll';

/** Writes text to standard output, all of it or not without an error: Node's own stream drops, without a word, what no
 * longer fits on the disk of a file that output goes to. */
export function writeOutput(text: string): void {
  if (!fstatSync(1).isFile()) {
    process.stdout.write(text);
    return;
  }
  try {
    writeAll(1, Buffer.from(text, 'utf8'));
  } catch (error) {
    throw new Error(`standard output: ${fileProblem(error)}; expected a place that can be written`);
  }
}

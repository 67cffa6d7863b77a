import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Notebook } from 'traitlab/notebook/headless/notebookFile';

/** The root of the project, seen from test/dist/helpers. */
export const projectRoot = resolve(__dirname, '../../..');

/** A folder inside the project (so that "traitlab" is found) that Git ignores and that is new each time. */
export function scratchFolder(): string {
  return mkdtempSync(join(projectRoot, 'node_modules', '.traitlab-test-'));
}

/** A folder outside the project. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'traitlab-'));
}

/** A notebook of code cells, and a file that holds it. */
export function writeSampleNotebook(folder: string, name: string, cells: readonly string[]): string {
  const notebook: Notebook = {
    cells: cells.map((source, i) => ({
      cell_type: 'code',
      id: `c${i}`,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    })),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
  const path = join(folder, `${name}.ipynb`);
  writeFileSync(path, JSON.stringify(notebook));
  return path;
}

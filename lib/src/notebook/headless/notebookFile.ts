import { readJson } from '../../documents/readJson';
import { writeFileAtomic } from '../../disk/writeAtomic';

/** An output of a cell, as nbformat 4 says it. */
export interface CellOutput {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  [key: string]: unknown;
}

/** A cell of a notebook. */
export interface Cell {
  cell_type: 'code' | 'markdown' | 'raw';
  id?: string;
  metadata: Record<string, unknown>;
  source: string | string[];
  outputs?: CellOutput[];
  execution_count?: number | null;
}

/** A notebook file (nbformat 4). */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** The source of a cell as one text. */
export function cellSource(cell: Cell): string {
  return typeof cell.source === 'string' ? cell.source : cell.source.join('');
}

/** Reads a notebook.
 *
 * @throws Error naming the file if it is not a notebook of nbformat 4
 */
export function readNotebook(path: string): Notebook {
  const notebook = readJson('readNotebook', path) as Notebook;
  if (notebook?.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new Error(`readNotebook: ${path}: not a notebook; expected nbformat 4 with cells`);
  }
  return notebook;
}

/** Writes a notebook the way Jupyter does (sorted keys, one space, texts as lists of lines), so that both give the same file. */
export function writeNotebook(path: string, notebook: Notebook): void {
  writeFileAtomic(path, notebookText(notebook));
}

/** The text of a notebook file. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cellSource(cell)),
    ...(cell.outputs ? { outputs: cell.outputs.map(outputLines) } : {}),
  }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

function outputLines(output: CellOutput): CellOutput {
  const out = { ...output };
  if (typeof out.text === 'string') out.text = lines(out.text);
  if (typeof out.data === 'object' && out.data !== null) {
    const entries = Object.entries(out.data).map(([type, value]: [string, unknown]) => [
      type,
      typeof value === 'string' && /^text\/|svg/.test(type) ? lines(value) : value,
    ]);
    out.data = Object.fromEntries(entries) as unknown;
  }
  return out;
}

function lines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

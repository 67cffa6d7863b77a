import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from 'traitlab/disk/folder';
import { cellSource, notebookText, readNotebook, type Notebook } from 'traitlab/notebook/headless/notebookFile';
import { projectRoot } from './helpers/sampleNotebook';
import { floatingPromises, problemsOf, strictProgram } from './helpers/strictProgram';

const folder = join(projectRoot, 'notebooks');
const names = listFolder(folder).filter((name) => name.endsWith('.ipynb'));
const headings = ['Question and answer', 'Setup', 'Data', 'Method', 'Results', 'Checks', 'Limits and sources'];
const maxCells = 40;
const maxCellLines = 25;
const maxBytes = 300_000;

const code = (notebook: Notebook): string[] =>
  notebook.cells.filter((cell) => cell.cell_type === 'code').map((cell) => cellSource(cell));

/** All code cells of a notebook as one module, and where each cell starts. */
const modules = new Map(
  names.map((name) => [join(folder, `${name}.ts`), code(readNotebook(join(folder, name))).join('\n;\n')]),
);

test('the cells of every notebook are strict TypeScript and leave no promise alone', () => {
  const program = strictProgram(modules);
  for (const [file] of modules) {
    assert.deepEqual(problemsOf(program, file), [], file);
    assert.deepEqual(floatingPromises(program, file), [], file);
  }
});

test('the README names every notebook, and shows pictures that exist', () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  assert.deepEqual(
    names.filter((name) => !readme.includes(`(notebooks/${name})`)),
    [],
  );
  const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path);
  assert.ok(pictures.length > 0);
  assert.deepEqual(
    pictures.filter((path) => !existsSync(join(projectRoot, path))),
    [],
  );
});

for (const name of names) {
  const notebook = readNotebook(join(folder, name));

  test(`${name} imports only traitlab, has its sections in order and short cells`, () => {
    const imports = [...modules.get(join(folder, `${name}.ts`))!.matchAll(/from '([^']+)'/g)].map(([, from]) => from);
    assert.deepEqual([...new Set(imports)], ['traitlab']);
    const markdown = notebook.cells
      .filter((cell) => cell.cell_type === 'markdown')
      .map(cellSource)
      .join('\n');
    const found = [...markdown.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading.trim());
    assert.deepEqual(
      found.filter((heading) => headings.includes(heading)),
      headings,
    );
    assert.ok(notebook.cells.length <= maxCells, `${notebook.cells.length} cells; expected at most ${maxCells}`);
    const longest = Math.max(...code(notebook).map((cell) => cell.split('\n').length));
    assert.ok(longest <= maxCellLines, `a cell of ${longest} lines; expected at most ${maxCellLines}`);
  });

  test(`${name} was executed from top to bottom without errors, and its file is small`, () => {
    const cells = notebook.cells.filter((cell) => cell.cell_type === 'code');
    assert.deepEqual(
      cells.map((cell) => cell.execution_count),
      cells.map((_, i) => i + 1),
    );
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    assert.deepEqual(
      outputs.filter((output) => output.output_type === 'error'),
      [],
    );
    const size = Buffer.byteLength(notebookText(notebook));
    assert.ok(size <= maxBytes, `${size} bytes; expected at most ${maxBytes}`);
  });
}

import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { listFolder } from 'traitlab/disk/folder';
import { cellSource, notebookText, readNotebook, type Notebook } from 'traitlab/notebook/headless/notebookFile';
import { projectRoot } from './helpers/sampleNotebook';

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

function strictProgram(): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    esModuleInterop: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => projectRoot;
  const disk = { ...host };
  host.fileExists = (file) => modules.has(file) || disk.fileExists(file);
  host.readFile = (file) => modules.get(file) ?? disk.readFile(file);
  host.getSourceFile = (file, ...rest) =>
    modules.has(file)
      ? ts.createSourceFile(file, modules.get(file)!, ts.ScriptTarget.ES2022, true)
      : disk.getSourceFile(file, ...rest);
  return ts.createProgram([...modules.keys()], options, host);
}

/** Statements that throw a promise away: their failure would go unseen. */
function floatingPromises(source: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && !ts.isVoidExpression(node.expression)) {
      const type = checker.getTypeAtLocation(node.expression);
      if (type.getProperty('then') && type.getProperty('catch')) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('the cells of every notebook are strict TypeScript and leave no promise alone', () => {
  const program = strictProgram();
  const checker = program.getTypeChecker();
  for (const [file] of modules) {
    const source = program.getSourceFile(file)!;
    const problems = ts.getPreEmitDiagnostics(program, source).map((diagnostic) => {
      const line = source.text.slice(0, diagnostic.start).split('\n').length - 1;
      return `${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')} in: ${source.text.split('\n')[line]}`;
    });
    assert.deepEqual(problems, [], file);
    assert.deepEqual(floatingPromises(source, checker), [], file);
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

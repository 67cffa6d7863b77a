import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { runNotebook } from 'traitlab/notebook/headless/runNotebook';
import { scratchFolder, writeSampleNotebook } from '../../helpers/sampleNotebook';

const folder = scratchFolder();
after(() => rmSync(folder, { recursive: true }));

const run = (name: string, cells: readonly string[], timeoutSeconds = 60): ReturnType<typeof runNotebook> =>
  runNotebook(writeSampleNotebook(folder, name, cells), { timeoutSeconds });

test('a good notebook gives counts, results, streams and the last state of a display', async () => {
  const { notebook, error } = await run('good', [
    "import { Progress } from 'traitlab';\nconst x: number = await (async () => 20)();\nconsole.log('x is', x);",
    "const bar = new Progress(3, 'work', { intervalMs: 0 });\nfor (let i = 1; i <= 3; i++) await bar.tick(i);",
    'let sum = 0;\nfor await (const v of [1, 2]) sum += v;\nx + sum',
  ]);
  assert.equal(error, null);
  const cells = notebook!.cells;
  assert.deepEqual(
    cells.map((cell) => cell.execution_count),
    [1, 2, 3],
  );
  assert.deepEqual(cells[0].outputs, [{ output_type: 'stream', name: 'stdout', text: 'x is 20\n' }]);
  assert.equal(cells[1].outputs!.length, 1);
  assert.equal((cells[1].outputs![0].data as Record<string, string>)['text/plain'], 'work: 3/3 (done)');
  assert.deepEqual(cells[2].outputs, [
    { output_type: 'execute_result', data: { 'text/plain': '23' }, metadata: {}, execution_count: 3 },
  ]);
});

test('a thrown error names the cell and its first line; later cells do not run', async () => {
  const { notebook, error } = await run('throws', [
    'const a = 1;',
    'const b = a;\nthrow new RangeError(`bad ${b}`);',
    'a',
  ]);
  assert.deepEqual([error?.cell, error?.code, error?.ename, error?.evalue], [2, 'const b = a;', 'RangeError', 'bad 1']);
  assert.equal(notebook!.cells[1].outputs![0].output_type, 'error');
  assert.equal(notebook!.cells[2].execution_count, null);
});

test('a type error is reported with its position', async () => {
  const { error } = await run('types', ["const n: number = 'text';"]);
  assert.equal(error?.ename, 'TypeScriptError');
  assert.match(error.evalue, /^1:7 - Type 'string' is not assignable to type 'number'/);
});

test('promises that nobody awaited fail the notebook, in their cell and after the last one', async () => {
  const during = await run('floating', ["void Promise.reject(new Error('lost'));", '1']);
  assert.deepEqual([during.error?.cell, during.error?.evalue], [1, 'lost']);
  const late = await run('late', [
    "void new Promise((_, reject) => setTimeout(() => reject(new Error('later')), 10));",
  ]);
  assert.equal(late.error?.evalue, 'later');
});

test('a process that ends and a notebook that hangs are failures', async () => {
  const ended = await run('exit', ['process.exit(3);']);
  assert.equal(ended.error?.evalue, 'the kernel process ended early (3)');
  const hung = await run('hang', ['while (true) {}'], 3);
  assert.equal(hung.error?.evalue, 'timed out after 3 s');
});

test('named figures come back with their caption; a wrong name is refused', async () => {
  const figure = "{ data: [{ y: [1, 2] }], layout: { title: { text: 'A <b>title</b>' }, width: 320, height: 200 } }";
  const { figures, notebook, error } = await run('figure', [
    "import { show } from 'traitlab';\nimport { closePlots } from 'traitlab/notebook/plotBrowser';",
    `await show(${figure}, { name: 'a-figure', caption: 'Two points.', provenance: { seed: 3 } });\nawait closePlots();`,
    `await show(${figure}, { name: 'A figure' });`,
  ]);
  assert.equal(figures.length, 1);
  const { name, caption, provenance, width, height, backend } = figures[0];
  assert.deepEqual([name, caption, provenance, width, height], ['a-figure', 'Two points.', { seed: 3 }, 320, 200]);
  assert.equal(typeof backend, 'string');
  const data = notebook!.cells[1].outputs![0].data as Record<string, unknown>;
  assert.ok('text/html' in data && 'application/vnd.plotly.v1+json' in data);
  assert.equal(data['text/plain'], '[figure a-figure] A title');
  assert.match(error!.evalue, /^show: invalid name; expected lower-case letters, digits and dashes, got "A figure"$/);
});

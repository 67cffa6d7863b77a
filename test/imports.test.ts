import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from './helpers/sampleNotebook';

/** The layers of lib/README.md: a folder imports from its own layer or from a lower one. */
const layers = [
  ['stats', 'plot', 'shape', 'random', 'concurrency'],
  ['kernels', 'backend', 'disk', 'formats', 'documents', 'hub'],
  ['tokenizer', 'model', 'lora'],
  ['prompts', 'subject'],
  ['directions', 'train'],
  ['judge'],
  ['suite'],
  ['measure', 'records'],
  ['monitor', 'study'],
  ['micro'],
  ['notebook', 'cli', 'index.ts'],
];
const source = join(projectRoot, 'lib/src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const text = new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]));
const folder = (file: string): string => file.split(/[\\/]/)[0];
const layer = (file: string): number => layers.findIndex((row) => row.includes(folder(file)));

/** Edges between files of lib. */
const edges = files.flatMap((file) => {
  const found = text.get(file)!.matchAll(/(import type[^;']*from|from|import|require)\s*\(?\s*'(\.[^']*)'/g);
  return [...found].map(([, , to]) => ({
    from: file,
    to: `${relative(source, join(source, dirname(file), to))}.ts`,
  }));
});

/** Nodes on a cycle of a graph: what is left when nodes without outgoing edges are taken away again and again. */
function cyclic(pairs: readonly { from: string; to: string }[]): string[] {
  let rest = pairs.filter(({ from, to }) => from !== to);
  for (let before = -1; before !== rest.length;) {
    before = rest.length;
    rest = rest.filter(({ to }) => rest.some((edge) => edge.from === to));
  }
  for (let before = -1; before !== rest.length;) {
    before = rest.length;
    rest = rest.filter(({ from }) => rest.some((edge) => edge.to === from));
  }
  return [...new Set(rest.map(({ from }) => from))];
}

/** Files whose code (not its comments) matches, except those allowed. */
function matching(pattern: RegExp, isAllowed: (file: string) => boolean): string[] {
  const code = (file: string): string => text.get(file)!.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  return files.filter((file) => pattern.test(code(file)) && !isAllowed(file));
}

test('every folder has a layer and imports flow downward', () => {
  assert.deepEqual(
    files.filter((file) => layer(file) < 0),
    [],
  );
  assert.ok(edges.length > 50 && edges.every(({ to }) => text.has(to)), 'imports were not found');
  assert.deepEqual(
    edges.filter(({ from, to }) => layer(to) > layer(from)),
    [],
  );
});

test('neither files nor folders import in a circle', () => {
  assert.deepEqual(cyclic(edges), []);
  assert.deepEqual(cyclic(edges.map(({ from, to }) => ({ from: folder(from), to: folder(to) }))), []);
});

test('only the rooms of files touch files, only the hub and a judge the network, only random makes randomness, only the outermost layer asks for the date', () => {
  assert.deepEqual(
    matching(/'(node:)?fs(\/promises)?'/, (file) => ['disk', 'formats', 'documents', 'hub'].includes(folder(file))),
    [],
  );
  assert.deepEqual(
    matching(/\bfetch\(|'(node:)?https?'/, (file) => ['hub', 'judge'].includes(folder(file))),
    [],
  );
  assert.deepEqual(
    matching(/Math\.random|'pure-rand'/, (file) => folder(file) === 'random'),
    [],
  );
  // A chat template may ask for today's date.
  const mayAskDate = (file: string): boolean =>
    layer(file) === layers.length - 1 || file === 'tokenizer/chatTemplate.ts';
  assert.deepEqual(matching(/Date\.now|new Date\(\)/, mayAskDate), []);
});

test('statistics, figures and the grammar of the micro world know no tensors', () => {
  const isPure = (file: string): boolean => layer(file) === 0 && folder(file) !== 'shape';
  assert.deepEqual(
    matching(/@tensorflow/, (file) => !isPure(file)),
    [],
  );
});

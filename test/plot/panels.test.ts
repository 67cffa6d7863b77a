import test from 'node:test';
import assert from 'node:assert/strict';
import type { Figure } from 'traitlab/plot/figure';
import { heatmap } from 'traitlab/plot/heatmap';
import { lines } from 'traitlab/plot/lines';
import { panels } from 'traitlab/plot/panels';
import { scatter } from 'traitlab/plot/scatter';

const line = (title: string, ...names: string[]): Figure =>
  lines({
    title,
    subtitle: 'left out',
    series: names.map((name) => ({ name, x: [0, 1], y: [1, 2], low: [0, 1], high: [2, 3] })),
    xTitle: 'step',
    yTitle: 'drift (%)',
    references: [{ value: 1, label: 'bar' }],
  });
type Axis = { domain: number[]; matches?: string; title: { text: string }; anchor: string };
type Trace = { name: string; xaxis: string; yaxis: string; showlegend: boolean };
const text = { title: 'A finding', subtitle: 'n = 3', footer: 'micro' };
const four = panels([line('a', 'p', 'q'), line('b', 'p'), line('c', 'q'), line('d', 'p', 'r')], text);
const axes = four.layout as unknown as Record<string, Axis>;

test('panels stand side by side and do not overlap, on axes of equal range, titled at the outside alone', () => {
  const names = ['axis', 'axis2', 'axis3', 'axis4'];
  const [a, b, c] = names.map((name) => ({ x: axes[`x${name}`], y: axes[`y${name}`] }));
  assert.ok(a.x.domain[1] < b.x.domain[0] && c.y.domain[1] < a.y.domain[0]);
  assert.deepEqual([a.x.domain, a.y.domain], [c.x.domain, b.y.domain]);
  assert.deepEqual(names.slice(1).map((name) => [axes[`x${name}`].matches, axes[`y${name}`].matches]), [['x', 'y'], ['x', 'y'], ['x', 'y']]); // prettier-ignore
  assert.deepEqual(names.map((name) => axes[`x${name}`].title.text), ['', '', 'step', 'step']); // prettier-ignore
  assert.deepEqual(names.map((name) => axes[`y${name}`].title.text), ['drift (%)', '', 'drift (%)', '']); // prettier-ignore
  const traces = four.data as unknown as Trace[];
  assert.deepEqual([...new Set(traces.map(({ xaxis, yaxis }) => `${xaxis} ${yaxis}`))], ['x y', 'x2 y2', 'x3 y3', 'x4 y4']); // prettier-ignore
});

test('a name has one entry in the legend; panels carry their names, levels stay in their panel', () => {
  const traces = four.data as unknown as Trace[];
  assert.deepEqual(traces.filter(({ showlegend }) => showlegend).map(({ name }) => name), ['p', 'q', 'r']); // prettier-ignore
  const texts = (four.layout.annotations ?? []).map(({ text: shown }) => shown);
  assert.deepEqual(texts, ['n = 3', 'micro', 'a', 'bar', 'b', 'bar', 'c', 'bar', 'd', 'bar']);
  assert.deepEqual((four.layout.shapes ?? []).map(({ xref, yref }) => [xref, yref]), [['x domain', 'y'], ['x2 domain', 'y2'], ['x3 domain', 'y3'], ['x4 domain', 'y4']]); // prettier-ignore
  assert.deepEqual(JSON.parse(JSON.stringify(four)), four);
  assert.throws(() => panels([], text), /panels: no figures/);
  assert.throws(() => panels([line('a', 'p')], { ...text, columns: 0 }), /panels: invalid columns/);
});

test('points shaded by a value share one scale', () => {
  const shade = { title: 'EM (%)', range: [0, 50] } as const;
  const cloud = (): Figure => scatter({ title: 'm', series: [{ name: 's', x: [1], y: [2], shade: [30] }], xTitle: 'x', yTitle: 'y', shade }); // prettier-ignore
  const both = panels([cloud(), cloud()], { ...text, share: 'none' });
  const { coloraxis } = both.layout as { coloraxis: { cmin: number; cmax: number } };
  assert.deepEqual([coloraxis.cmin, coloraxis.cmax], [0, 50]);
  assert.deepEqual(both.data.map((trace) => (trace as { marker: { color: number[] } }).marker.color), [[30], [30]]); // prettier-ignore
  const { yaxis, yaxis2 } = panels([cloud(), line('b', 'p')], text).layout as unknown as Record<
    string,
    { range: number[] }
  >;
  const ends = [yaxis, yaxis2].flatMap(({ range }) => range.map((end) => end.toFixed(2)));
  assert.deepEqual(ends, ['-0.15', '3.15', '-0.15', '3.15'], 'bands count');
  const plain = { title: 'm', series: [{ name: 's', x: [1], y: [2] }], xTitle: 'x', yTitle: 'y', shade };
  assert.throws(() => scatter(plain), /some series are shaded and some are not/);
});

test('heatmaps share one scale and stand with names at the outer panels alone, with the room that names need', () => {
  const rows = ['a trait with a long name', 'b', 'c'];
  const matrix = (title: string): Figure => heatmap([[1, 0, 0], [0, 1, 0], [0, 0, 1]], { title, rows, dividerAfter: 1, valueTitle: 'cosine' }); // prettier-ignore
  const { data, layout } = panels(['p', 'q', 'r', 's'].map(matrix), text);
  const axis = layout as unknown as Record<string, { showticklabels?: boolean }>;
  const shownOn = (letter: string): boolean[] => ['', 2, 3, 4].map((i) => axis[`${letter}axis${i}`].showticklabels !== false); // prettier-ignore
  assert.deepEqual(shownOn('y'), [true, false, true, false]);
  assert.deepEqual(shownOn('x'), [false, false, true, true]);
  assert.ok(data.every((trace) => (trace as { coloraxis?: string }).coloraxis === 'coloraxis'));
  assert.deepEqual([layout.coloraxis?.cmin, layout.coloraxis?.cmax], [-1, 1]);
  assert.ok(layout.margin!.l! > matrix('p').layout.margin!.l! - 1 && layout.margin!.l! > 180);
  assert.deepEqual([...new Set((layout.shapes ?? []).map(({ xref, yref }) => `${xref} ${yref}`))], ['x y', 'x2 y2', 'x3 y3', 'x4 y4']); // prettier-ignore
});

test('named ticks stand at 0, 1, 2', () => {
  const { xaxis } = lines({ ...text, series: [{ name: 's', x: [0, 1], y: [1, 2] }], xTitle: 'set', yTitle: 'y', xLabels: ['a', 'b'] }).layout; // prettier-ignore
  assert.deepEqual(
    [xaxis?.tickvals, xaxis?.ticktext],
    [
      [0, 1],
      ['a', 'b'],
    ],
  );
});

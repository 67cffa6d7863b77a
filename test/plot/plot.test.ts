import test from 'node:test';
import assert from 'node:assert/strict';
import { bars } from 'traitlab/plot/bars';
import type { Figure } from 'traitlab/plot/figure';
import { heatmap } from 'traitlab/plot/heatmap';
import { lines } from 'traitlab/plot/lines';
import { colour, palette, withAlpha } from 'traitlab/plot/palette';
import { scatter } from 'traitlab/plot/scatter';
import { textWidth, wrapText } from 'traitlab/plot/theme';

const text = { title: 'A finding', subtitle: 'n = 3', footer: 'micro' };
const heat = (): Figure =>
  heatmap(
    [
      [1, 0],
      [0, 1],
    ],
    { ...text, rows: ['a', 'b'], dividerAfter: 1, valueTitle: 'cosine' },
  );

test('a scale from 0 on begins with white, one around 0 has white in its middle', () => {
  const axisOf = (range: readonly [number, number]): unknown =>
    heatmap([[1]], { ...text, rows: ['a'], valueTitle: 'rate', range }).layout.coloraxis;
  const whiteAt = (axis: unknown): number | undefined =>
    (axis as { colorscale: [number, string][] }).colorscale.find(([, colour]) => colour === '#FFFFFF')?.[0];
  assert.equal(whiteAt(axisOf([0, 100])), 0);
  assert.equal(whiteAt(axisOf([-1, 1])), 0.5);
});

test('builders return plain data: JSON round trip changes nothing, and the input is not kept', () => {
  const y = [1, 2];
  const line = lines({
    ...text,
    series: [{ name: 's', x: [0, 1], y, low: [0, 1], high: [2, 3] }],
    xTitle: 'layer',
    yTitle: 'cosine',
  });
  const figures = [
    heat(),
    line,
    bars({
      ...text,
      categories: ['a'],
      series: [{ name: 's', values: [2], low: [1], high: [4] }],
      yTitle: 'EM (%)',
      labelDigits: 1,
    }),
    scatter({ ...text, series: [{ name: 's', x: [1], y: [2], labels: ['p'] }], xTitle: 'x', yTitle: 'y' }),
  ];
  for (const figure of figures) assert.deepEqual(JSON.parse(JSON.stringify(figure)), figure);
  y[0] = 9;
  assert.deepEqual((line.data[1] as { y: number[] }).y, [1, 2]);
});

test('every figure carries its title, subtitle and footer', () => {
  const { title, annotations = [] } = heat().layout;
  assert.equal((title as { text: string }).text, '<b>A finding</b>');
  assert.deepEqual(
    annotations.map((a) => a.text),
    ['n = 3', 'micro'],
  );
});

test('the heat map draws its divider between the traits and the first row on top', () => {
  const { layout } = heat();
  assert.deepEqual(
    (layout.shapes ?? []).map(({ x0, x1, y0, y1 }) => [x0, x1, y0, y1]),
    [
      [0.5, 0.5, -0.5, 1.5],
      [-0.5, 1.5, 0.5, 0.5],
    ],
  );
  assert.equal(layout.yaxis?.autorange, 'reversed');
});

test('a single point is a marker without a line', () => {
  const { data } = lines({ ...text, series: [{ name: 'm', x: [3], y: [1] }, { name: 'l', x: [1, 2], y: [1, 2] }], xTitle: 'x', yTitle: 'y' }); // prettier-ignore
  assert.deepEqual(data.map((trace) => (trace as { mode: string }).mode), ['markers', 'lines+markers']); // prettier-ignore
});

test('error bars are distances from the value, asymmetric as the interval is', () => {
  const figure = bars({
    ...text,
    categories: ['a'],
    series: [{ name: 's', values: [2], low: [1], high: [4] }],
    yTitle: 'EM (%)',
  });
  const { array, arrayminus } = (figure.data[0] as { error_y: { array: number[]; arrayminus: number[] } }).error_y;
  assert.deepEqual([array, arrayminus], [[2], [1]]);
});

test('what does not fit throws and names the series', () => {
  assert.throws(
    () => heatmap([[1]], { ...text, rows: ['a', 'b'], valueTitle: 'c' }),
    /heatmap: values has the wrong shape; expected \[2 2\], got \[1 1\]/,
  );
  assert.throws(
    () => heatmap([[1]], { ...text, rows: ['a'], dividerAfter: 1, valueTitle: 'c' }),
    /invalid dividerAfter/,
  );
  const bar = { ...text, categories: ['a'], yTitle: 'y' };
  assert.throws(
    () => bars({ ...bar, series: [{ name: 's', values: [1, 2] }] }),
    /bars: values of series "s" has the wrong length; expected 1, got 2/,
  );
  assert.throws(
    () => bars({ ...bar, series: [{ name: 's', values: [5], low: [1], high: [4] }] }),
    /excludes its value at category 0/,
  );
  const line = { ...text, xTitle: 'x', yTitle: 'y' };
  assert.throws(() => lines({ ...line, series: [{ name: 's', x: [1], y: [1, 2] }] }), /lines: y of series "s"/);
  assert.throws(() => lines({ ...line, series: [{ name: 's', x: [1], y: [1], low: [0] }] }), /one-sided/);
  assert.throws(() => scatter({ ...line, series: [] }), /scatter: no series/);
  assert.throws(() => lines({ ...line, title: ' ', series: [{ name: 's', x: [1], y: [1] }] }), /empty title/);
});

test('titles wrap within the width and keep every word', () => {
  const sentence = 'Ablating one direction removes emergent misalignment and a random direction does not';
  const wrapped = wrapText(sentence, 400, 18);
  assert.equal(wrapped.join(' '), sentence);
  assert.ok(wrapped.length > 1 && wrapped.every((line) => textWidth(line, 18) <= 400), `${wrapped}`);
});

test('colours are those of Okabe and Ito, round and round', () => {
  assert.equal(colour(8), palette[0]);
  assert.equal(withAlpha('#0072B2', 0.2), 'rgba(0,114,178,0.2)');
  assert.throws(() => withAlpha('blue', 0.2), /invalid colour/);
});

test('references are dashed levels or grey bands over the whole width, named at the right', () => {
  const references = [
    { value: 2, label: 'bar' },
    { value: -1, to: 1, label: 'null' },
  ];
  const { shapes = [], annotations = [] } = bars({
    ...text,
    categories: ['a'],
    series: [{ name: 's', values: [2] }],
    yTitle: 'y',
    references,
  }).layout;
  assert.deepEqual(
    shapes.map(({ type, y0, y1, layer }) => [type, y0, y1, layer]),
    [
      ['line', 2, 2, undefined],
      ['rect', -1, 1, 'below'],
    ],
  );
  assert.deepEqual(
    annotations.slice(-2).map(({ text: label, y }) => [label, y]),
    [
      ['bar', 2],
      ['null', 0],
    ],
  );
});

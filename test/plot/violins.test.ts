import test from 'node:test';
import assert from 'node:assert/strict';
import { panels } from 'traitlab/plot/panels';
import { violins, type ViolinsOptions } from 'traitlab/plot/violins';

const options: ViolinsOptions = {
  title: 'A finding',
  subtitle: 'n = 3',
  footer: 'micro',
  categories: ['15', '2'],
  series: [
    { name: 'alignment', values: [[1, 2, 3], [0, 0]] }, // prettier-ignore
    { name: 'topic', values: [[-1], [4, 5]] },
  ],
  xTitle: 'block',
  yTitle: 'coefficient',
};
type Trace = { type: string; name: string; x: string[]; y: number[]; offsetgroup: string; line: { color: string } };

test('every value stands over its category, categories in the order given, series beside each other', () => {
  const { data, layout } = violins(options);
  const [first, second] = data as unknown as Trace[];
  assert.deepEqual([first.x, first.y], [['15', '15', '15', '2', '2'], [1, 2, 3, 0, 0]]); // prettier-ignore
  assert.deepEqual([second.x, second.y], [['15', '2', '2'], [-1, 4, 5]]); // prettier-ignore
  assert.notEqual(first.offsetgroup, second.offsetgroup);
  assert.notEqual(first.line.color, second.line.color);
  assert.equal(layout.violinmode, 'group');
  assert.deepEqual([layout.xaxis?.type, layout.xaxis?.categoryarray], ['category', ['15', '2']]);
  assert.ok(layout.showlegend);
  assert.equal(violins({ ...options, series: options.series.slice(0, 1) }).layout.showlegend, false);
  assert.deepEqual(JSON.parse(JSON.stringify({ data, layout })), { data, layout });
});

test('violins stand in panels, beside each other there too', () => {
  const { layout, data } = panels([violins(options), violins({ ...options, title: 'other' })], { title: 'Both' });
  assert.equal(layout.violinmode, 'group');
  assert.equal(data.length, 4);
  assert.deepEqual((data as unknown as { showlegend: boolean }[]).map(({ showlegend }) => showlegend), [true, true, false, false]); // prettier-ignore
});

test('what does not fit is told at once', () => {
  assert.throws(
    () => violins({ ...options, series: [{ name: 'a', values: [[1]] }, { name: 'b', values: [[1], []] }, { name: 'c', values: [[NaN], [1]] }] }), // prettier-ignore
    /^Error: violins: series "a" has 1 categories; expected 2; series "b" at 2; expected finite values, at least one; series "c" at 15; expected/,
  );
  assert.throws(() => violins({ ...options, series: [] }), /violins: nothing to draw; expected at least one series/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { DataFrame } from 'danfojs-node';
import { tableBundle } from 'traitlab/notebook/table';

test('a table has aligned columns, significant digits and empty cells for what is missing', () => {
  const { 'text/plain': plain } = tableBundle([
    { layer: 0, cosine: 0.123456, note: 'a' },
    { layer: 10, cosine: -12.5 },
  ]);
  assert.equal(plain, ['layer  cosine  note', '-----  ------  ----', '    0   0.123  a', '   10   -12.5'].join('\n'));
});

test('markup in a cell is shown, not interpreted', () => {
  const { 'text/html': html } = tableBundle([{ text: '<b>"x" & y</b>' }]);
  assert.match(html, /&lt;b&gt;&quot;x&quot; &amp; y&lt;\/b&gt;/);
  assert.doesNotMatch(html, /<b>/);
});

test('very large and very small numbers are in powers of ten, NaN is said', () => {
  const { 'text/plain': plain } = tableBundle([{ a: 12345678.9, b: 0.0000123, c: NaN, d: 0 }]);
  assert.match(plain, /1\.23e\+7 +1\.23e-5 +NaN +0/);
});

test('a danfojs DataFrame is a table, and long ones are cut with a count', () => {
  const frame = new DataFrame(Array.from({ length: 40 }, (_, i) => ({ i, square: i * i })));
  const { 'text/plain': plain } = tableBundle(frame, { maxRows: 3 });
  assert.match(plain, /i +square/);
  assert.match(plain, /… and 37 more rows$/);
});

test('a table without columns throws', () => {
  assert.throws(() => tableBundle([]), /^Error: table: no columns; expected at least one row with one value$/);
});

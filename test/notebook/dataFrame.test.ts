import test from 'node:test';
import assert from 'node:assert/strict';
import { dataFrame } from 'traitlab/notebook/dataFrame';
import { tableBundle } from 'traitlab/notebook/table';

test('a column of integers with one late fraction keeps it', () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ group: 'ab'[i % 2], value: i === 29 ? 2.5 : 1 }));
  const frame = dataFrame(rows);
  assert.deepEqual(frame.dtypes, ['string', 'float32']);
  const means = frame.groupby(['group']).col(['value']).mean();
  assert.match(tableBundle(means)['text/plain'], /a +1\nb +1\.10/);
});

test('no rows and rows with other columns throw', () => {
  assert.throws(() => dataFrame([]), /^Error: dataFrame: no rows; expected at least one$/);
  assert.throws(
    () => dataFrame([{ a: 1 }, { b: 2 }]),
    /^Error: dataFrame: row 1 has other columns; expected a, got b$/,
  );
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { significant } from 'traitlab/stats/significant';

test('a number keeps so many digits, whatever its size', () => {
  assert.equal(significant(123456.789, 5), 123460);
  assert.equal(significant(-0.00123456, 3), -0.00123);
  assert.equal(significant(0, 5), 0);
  assert.equal(Math.fround(significant(Math.fround(0.1), 7)), Math.fround(0.1));
});

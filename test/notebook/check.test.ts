import test from 'node:test';
import assert from 'node:assert/strict';
import { check } from 'traitlab/notebook/check';

test('claims that hold pass, one that does not fails the cell and is named', () => {
  check({ 'a is small': true });
  assert.throws(
    () => check({ 'a is small': true, 'b is large': false, c: false }),
    /check: does not hold: b is large; c$/,
  );
  assert.throws(() => check({}), /no claims/);
});

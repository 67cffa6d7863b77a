import test from 'node:test';
import assert from 'node:assert/strict';
import { dot } from 'traitlab/stats/dot';
import { projectOut, spanShare } from 'traitlab/stats/projectOut';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { golden } from '../helpers/golden';

const { v, basis, left, share } = golden<{ v: number[]; basis: number[][]; left: number[]; share: number }>(
  'directions',
);
const near = { rtol: 1e-9, atol: 1e-12 };

test('what is left of a vector and its share in the span are those of least squares', async () => {
  const check = (rest: ArrayLike<number>): void => expectClose(rest, left, near);
  check(projectOut(v, basis));
  await expectToLose(check, {
    'one vector after the other, as if they were orthogonal': basis.reduce<ArrayLike<number>>(
      (rest, b) => projectOut(rest, [b]),
      v,
    ),
    'the span without its smallest vector': projectOut(v, basis.slice(1)),
  });
  for (const b of basis) assert.ok(Math.abs(dot(projectOut(v, basis), b)) < 1e-12 * Math.sqrt(dot(b, b)));
  assert.ok(Math.abs(spanShare(v, basis) - share) < 1e-9);
  assert.equal(spanShare(basis[1], [basis[1]]), 1);
  assert.deepEqual([...projectOut(v, [])], v);
});

test('misuse throws', () => {
  assert.throws(() => projectOut([1, 2], [[1, 2, 3]]), /basis has vectors of 3 values; expected 2/);
  assert.throws(() => projectOut([1, 2], [[0, 0]]), /basis vector 0 is zero/);
  assert.throws(() => projectOut([1, 2], [[1, 1], [3, 3]]), /basis vector 1 is in the span of those before it/); // prettier-ignore
  assert.throws(() => projectOut([1, NaN], [[1, 1]]), /projectOut: v: invalid value/);
  assert.throws(() => spanShare([0, 0], [[1, 1]]), /v is zero/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { rng } from 'traitlab/random/rng';
import { splitHalf } from 'traitlab/stats/splitHalf';

test('the two halves are disjoint, cover all items and differ in size by at most one', () => {
  const seen: number[][] = [];
  const estimate = (half: readonly number[]): number[] => {
    seen.push([...half]);
    return [1, half.length];
  };
  splitHalf(7, estimate, { rng: rng(1), nSplits: 3 });
  for (let i = 0; i < seen.length; i += 2) {
    assert.equal(seen[i].length, 3);
    assert.deepEqual([...seen[i], ...seen[i + 1]].sort(), [0, 1, 2, 3, 4, 5, 6]);
  }
});

test('a signal s in each item with noise of size sigma gives about s²/(s² + d sigma²/half)', () => {
  const r = rng(9);
  const d = 200;
  const items = Array.from({ length: 40 }, () => Array.from({ length: d }, (_, j) => (j === 0 ? 5 : 0) + r.normal()));
  const meanOf = (half: readonly number[]): number[] =>
    items[0].map((_, j) => half.reduce((sum, i) => sum + items[i][j], 0) / half.length);
  const { mean, low, high } = splitHalf(40, meanOf, { rng: rng(2), nSplits: 200 });
  const expected = 25 / (25 + d / 20);
  assert.ok(Math.abs(mean - expected) < 0.05, `${mean} against ${expected}`);
  assert.ok(low < mean && mean < high);
});

test('fewer than two items throw', () => {
  assert.throws(() => splitHalf(1, () => [1], { rng: rng(0) }), /splitHalf: invalid nItems/);
});

test('with groups each half has half of every group', () => {
  const groups = ['a', 'a', 'a', 'a', 'b', 'b'];
  const check = (half: readonly number[]): number[] => {
    assert.deepEqual(['a', 'b'].map((g) => half.filter((i) => groups[i] === g).length), [2, 1]); // prettier-ignore
    return [1];
  };
  splitHalf(6, check, { rng: rng(3), nSplits: 20, groups });
  assert.throws(() => splitHalf(6, check, { rng: rng(3) }), assert.AssertionError);
  assert.throws(() => splitHalf(6, check, { rng: rng(3), groups: ['a'] }), /groups has 1 entries; expected 6/);
  assert.throws(() => splitHalf(2, check, { rng: rng(3), groups: ['a', 'b'] }), /a group has one item/);
});

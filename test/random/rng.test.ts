import test from 'node:test';
import assert from 'node:assert/strict';
import { restoreRng, rng } from 'traitlab/random/rng';
import { expectToLose } from '../helpers/expectToLose';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 5 },
      (
        (r) => () =>
          r.int(1000)
      )(rng(seed)),
    );
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test('a restored generator goes on exactly where it stopped', () => {
  const a = rng(7);
  a.normal();
  const b = restoreRng(JSON.parse(JSON.stringify(a.state())));
  assert.deepEqual([a.uniform(), a.int(9)], [b.uniform(), b.int(9)]);
});

test('split streams differ by label and do not advance the parent', () => {
  const a = rng(7);
  const b = rng(7);
  const x = a.split('x').uniform();
  assert.notEqual(x, a.split('y').uniform());
  assert.equal(a.uniform(), b.uniform());
});

test('uniform and normal have the right moments', async () => {
  const check = (r: { uniform(): number; normal(): number }): void => {
    const n = 20000;
    const moments = (draw: () => number): number[] => {
      const values = Array.from({ length: n }, draw);
      return [1, 2, 3, 4].map((power) => values.reduce((sum, x) => sum + x ** power / n, 0));
    };
    const near = (got: number[], expected: number[], bars: number[], what: string): void =>
      got.forEach((m, i) => assert.ok(Math.abs(m - expected[i]) < bars[i], `${what}: moment ${i + 1} is ${m}`));
    // About four times their standard errors.
    near(moments(() => r.uniform() - 0.5), [0, 1 / 12, 0, 1 / 80], [0.01, 0.003, 0.0015, 0.0005], 'uniform'); // prettier-ignore
    near(
      moments(() => r.normal()),
      [0, 1, 0, 3],
      [0.03, 0.04, 0.11, 0.28],
      'normal',
    );
  };
  check(rng(3));
  const r = rng(3);
  await expectToLose(check, {
    'a half each time': { uniform: () => 0.5, normal: () => r.normal() },
    'two values': { uniform: () => Math.round(r.uniform()), normal: () => r.normal() },
    'a uniform of the same spread': { uniform: () => r.uniform(), normal: () => Math.sqrt(12) * (r.uniform() - 0.5) },
    'a normal of half the spread': { uniform: () => r.uniform(), normal: () => r.normal() / 2 },
  });
});

test('misuse throws with the function, the problem and what was expected', () => {
  assert.throws(() => rng(0.5), /rng: invalid seed; expected a safe integer, got 0.5/);
  assert.throws(() => rng(1).int(0), /rng.int: invalid n/);
  assert.throws(() => rng(1).pick([]), /rng.pick: empty list/);
});

test('each of the first draws is uniform over the streams of split labels, and neighbours are independent', () => {
  const n = 4000;
  const root = rng(0);
  const draws = Array.from({ length: n }, (_, i) => {
    const stream = root.split(`base/${i}`);
    return Array.from({ length: 4 }, () => stream.uniform());
  });
  for (let k = 0; k < 4; k++) {
    const bins = new Array<number>(10).fill(0);
    let product = 0;
    let within = 0;
    draws.forEach((row, i) => {
      bins[Math.floor(10 * row[k])]++;
      product += ((row[k] - 0.5) * (draws[(i + 1) % n][k] - 0.5)) / n;
      within += ((row[k] - 0.5) * (row[(k + 1) % 4] - 0.5)) / n;
    });
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 10) ** 2 / (n / 10), 0);
    assert.ok(chi2 < 30, `draw ${k}: chi-square ${chi2} on 9 degrees`);
    assert.ok(Math.abs(product) < 0.006 && Math.abs(within) < 0.006, `draw ${k}: ${product} ${within}`);
  }
});

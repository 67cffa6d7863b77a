import test from 'node:test';
import assert from 'node:assert/strict';
import { restoreRng, rng } from 'traitlab/random/rng';

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

test('uniform and normal have the right moments', () => {
  const r = rng(3);
  const n = 20000;
  let u = 0;
  let z = 0;
  let zz = 0;
  for (let i = 0; i < n; i++) {
    u += r.uniform() / n;
    const x = r.normal();
    z += x / n;
    zz += (x * x) / n;
  }
  assert.ok(Math.abs(u - 0.5) < 0.01 && Math.abs(z) < 0.03 && Math.abs(zz - 1) < 0.05, `${u} ${z} ${zz}`);
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

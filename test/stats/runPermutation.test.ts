import test from 'node:test';
import assert from 'node:assert/strict';
import { rng } from 'traitlab/random/rng';
import { runPermutation, type RunRow } from 'traitlab/stats/runPermutation';
import { spearman } from 'traitlab/stats/spearman';

/** Two models, each with runs of four checkpoints, in alternation. */
const rows: RunRow[] = Array.from({ length: 4 }, () => ['a', 'b'].flatMap((group) => [1, 2, 3, 4, 5].map((run) => ({ group, run: `${group}${run}` })))).flat(); // prettier-ignore

test('whole runs change places, within their group, step by step', () => {
  const seen: (readonly number[])[] = [];
  runPermutation(rows, (partner) => [seen.push(partner)], { rng: rng(1), nDraws: 30 });
  assert.equal(seen.length, 31);
  assert.deepEqual(seen[0], rows.map((_, i) => i)); // prettier-ignore
  for (const partner of seen) {
    assert.deepEqual([...partner].sort((a, b) => a - b), seen[0]); // prettier-ignore
    const swaps = new Map(partner.map((j, i) => [rows[i].run, rows[j].run]));
    partner.forEach((j, i) => {
      assert.equal(rows[j].group, rows[i].group);
      assert.equal(rows[j].run, swaps.get(rows[i].run), 'all rows of a run go to the same run');
      assert.equal(Math.floor(j / 10), Math.floor(i / 10), 'and keep their step');
    });
  }
  assert.ok(new Set(seen.map(String)).size > 20);
});

test('what is the same in a run is found; what all runs share with the step is not, though rows would find it', () => {
  const byRun = rows.map(({ run }) => Number(run[1]));
  const [own] = runPermutation(rows, (partner) => [spearman(byRun, partner.map((j) => byRun[j]))], { rng: rng(2), nDraws: 400 }); // prettier-ignore
  assert.equal(own.observed, 1);
  assert.ok(own.p < 0.02, `${own.p}`);
  const step = rows.map((_, i) => Math.floor(i / 10));
  const [common] = runPermutation(rows, (partner) => [spearman(step, partner.map((j) => step[j]))], { rng: rng(2), nDraws: 100 }); // prettier-ignore
  assert.deepEqual([common.observed, common.p], [1, 1]);
});

test('a value that no draw reaches has the p of one in all, and several are tested at once', () => {
  let calls = 0;
  const [first, second] = runPermutation(rows, () => (calls++ === 0 ? [1, 0] : [0, 0]), { rng: rng(3), nDraws: 99 });
  assert.deepEqual([first.p, second.p, first.draws.length], [0.01, 1, 99]);
});

test('misuse throws', () => {
  const one = (): number[] => [0];
  const options = { rng: rng(0) };
  assert.throws(() => runPermutation([], one, options), /runPermutation: no rows, expected some/);
  assert.throws(() => runPermutation(rows.slice(1), one, options), /runPermutation: a1 of a has 3 rows, expected 4 as its others/); // prettier-ignore
  assert.throws(() => runPermutation(rows.filter(({ run }) => run === 'a1' || run === 'b1'), one, options), /a has a single run, expected at least two; b has a single run/); // prettier-ignore
  assert.throws(() => runPermutation(rows, one, { ...options, nDraws: 0 }), /invalid nDraws/);
});

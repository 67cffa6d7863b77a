import test from 'node:test';
import assert from 'node:assert/strict';
import { compScore, compScores } from 'traitlab/stats/compScores';
import { localCosines, type LocalCosine } from 'traitlab/stats/localCosines';
import { pathPca } from 'traitlab/stats/pathPca';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { phaseGolden } from '../helpers/phaseGolden';

const g = phaseGolden();
const near = { rtol: 1e-9, atol: 1e-12 };
const path = g.steps.map((step, i) => ({ step, values: g.path[0][i] }));
const stacks = g.steps.map((_, i) => g.path.map((points) => points[i]));
const table = (rows: readonly LocalCosine[]): number[] => rows.flatMap((r) => [r.step, r.cosine, r.stepNorm]);

test('local cosines at windows of 5, 10 and 15 steps are those of NumPy', async () => {
  for (const [window, rows] of Object.entries(g.local)) {
    const check = (found: readonly LocalCosine[]): void => expectClose(table(found), rows.flat(), near, window);
    check(localCosines(path, { window: Number(window) }));
    check(localCosines([...path].reverse(), { window: Number(window) }));
  }
  const check = (found: readonly LocalCosine[]): void => expectClose(table(found), g.localLeast.flat(), near);
  check(localCosines(path, { window: 5, leastStep: g.least }));
  await expectToLose(check, { 'all points': localCosines(path, { window: 5 }) });
  assert.ok(g.localLeast.length > 0 && g.localLeast.length < g.local['5'].length);
});

test('straight on is −1, a right angle 0, back again 1; where nothing moves there is no angle', () => {
  const of = (points: number[][]): number[] =>
    localCosines(
      points.map((values, step) => ({ step, values })),
      { window: 1 },
    ).map((r) => Math.round(r.cosine * 1e9) / 1e9 + 0);
  assert.deepEqual(of([[0, 0], [1, 1], [2, 2]]), [-1]); // prettier-ignore
  assert.deepEqual(of([[0, 0], [1, 0], [1, 1]]), [0]); // prettier-ignore
  assert.deepEqual(of([[0, 0], [1, 2], [0, 0]]), [1]); // prettier-ignore
  assert.deepEqual(of([[0, 0], [0, 0], [1, 0]]), []); // prettier-ignore
});

test('the path in the plane of two components is that of scikit-learn', async () => {
  const check = (points: readonly ArrayLike<number>[]): void => {
    const { coordinates, shares } = pathPca(points);
    expectClose(coordinates.flat(), g.pca.coordinates.flat(), { rtol: 1e-8, atol: 1e-10 });
    expectClose(shares, g.pca.shares, near);
  };
  check(g.path[0]);
  await expectToLose(check, { 'the other adapter': g.path[1] });
  assert.throws(() => pathPca(g.path[0].slice(0, 2)), /2 points of 24 values; expected at least 3/);
});

test('comp scores with the last checkpoint are those of NumPy, whatever is subtracted and summed over', () => {
  const seen = new Set<string>();
  for (const deMean of ['nothing', 'adapters', 'checkpoints'] as const) {
    for (const sumOver of ['adapters', 'coordinates'] as const) {
      const found = compScores(stacks, { deMean, sumOver });
      expectClose(found, g.comp[deMean][sumOver], near, `${deMean}, ${sumOver}`);
      seen.add(found.map((x) => x.toFixed(6)).join());
    }
  }
  // With two adapters less their mean there is one direction left: the published sum is 1 throughout.
  expectClose(g.comp.adapters.adapters, Array(7).fill(1), near);
  assert.equal(seen.size, 6);
  assert.deepEqual(compScores(stacks, { deMean: 'nothing' }), compScores(stacks, { deMean: 'nothing', sumOver: 'adapters' })); // prettier-ignore
});

test('summed over adapters a turn of all vectors is not seen, summed over coordinates it is', () => {
  const a = [[1, 0], [0.6, 0.8]]; // prettier-ignore
  const turned = a.map(([x, y]) => [-y, x]);
  const straight = compScore(a, a);
  assert.ok(Math.abs(compScore(a, turned) - straight) < 1e-12);
  assert.ok(compScore(a, turned, { sumOver: 'coordinates' }) < 0.7 * compScore(a, a, { sumOver: 'coordinates' }));
  assert.ok(Math.abs(compScore([[1, 0]], [[0, 1]]) - 1) < 1e-12); // prettier-ignore
  assert.ok(compScore([[1, 0]], [[0, 1]], { sumOver: 'coordinates' }) < 1e-12); // prettier-ignore
});

test('misuse throws', () => {
  assert.throws(() => localCosines(path, { window: 0 }), /invalid window/);
  assert.throws(() => localCosines(path, { window: 7 }), /no step has points 7 before and after; .* 8 points/);
  assert.throws(() => localCosines(path, { window: 5, leastStep: NaN }), /invalid leastStep/);
  assert.throws(() => localCosines([...path, path[0]], { window: 5 }), /a step stands twice/);
  assert.throws(() => localCosines([...path.slice(0, -1), { step: 40, values: [1] }], { window: 5 }), /points differ in length; expected 24, got 1/); // prettier-ignore
  assert.throws(() => compScores([stacks[0]], { deMean: 'nothing' }), /1 checkpoints; expected at least 2/);
  assert.throws(() => compScores(stacks.map((s) => s.slice(1)), { deMean: 'adapters' }), /one adapter; expected at least 2/); // prettier-ignore
  assert.throws(() => compScores([stacks[0], stacks[1].slice(1)], { deMean: 'nothing' }), /stacks differ in size/);
  assert.throws(() => compScore([[0, 0]], [[1, 0]]), /a is all zero/); // prettier-ignore
  assert.throws(() => compScore([[1, 0]], [[1, 0, 0]]), /shapes differ; expected \[1 2\], got \[1 3\]/); // prettier-ignore
});

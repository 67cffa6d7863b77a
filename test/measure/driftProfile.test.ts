import test from 'node:test';
import assert from 'node:assert/strict';
import { driftProfile } from 'traitlab/measure/driftProfile';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  directions: number[][];
  before: number[][];
  after: number[][];
  activationNorm: number;
  normOfMean: number;
  z: number[];
  magnitude: number;
}

const expected = golden<Golden>('measure');
const tight = { rtol: 1e-9, atol: 1e-12 };

test('drift is the formula of the paper, normed by the mean of the norms and not the norm of the mean', () => {
  const got = driftProfile(expected.before, expected.after, expected.directions);
  expectClose(got.z, expected.z, tight);
  expectClose([got.activationNorm, got.magnitude], [expected.activationNorm, expected.magnitude], tight);
  assert.ok(Math.abs(expected.normOfMean / expected.activationNorm - 1) > 0.05, 'the golden can tell the two apart');
});

test('nothing moved is no drift at all', () => {
  assert.deepEqual(driftProfile(expected.before, expected.before, expected.directions).z, new Array(7).fill(0));
});

test('misuse throws', () => {
  const { before, after, directions } = expected;
  assert.throws(
    () => driftProfile(before, after.slice(1), directions),
    /driftProfile: before and after differ in length; expected 9 prompts, got 8/,
  );
  assert.throws(
    () => driftProfile(before, after, [directions[0].map((v) => 2 * v)]),
    /direction 0 is not a unit vector; expected norm 1, got 2/,
  );
  assert.throws(() => driftProfile([], [], directions), /too few values/);
});

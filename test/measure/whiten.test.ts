import test from 'node:test';
import assert from 'node:assert/strict';
import { pc1 } from 'traitlab/measure/pc1';
import { whiten } from 'traitlab/measure/whiten';
import { dot } from 'traitlab/stats/dot';
import { pca } from 'traitlab/stats/pca';
import { symmetricPower } from 'traitlab/stats/symmetricPower';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

interface Golden {
  directions: number[][];
  inverseRoot: number[][];
  moves: number[][];
  whitened: number[][];
  whitenedLoadings: number[];
  whitenedShares: number[];
  nativeShares: number[];
}

const expected = golden<Golden>('measure');
const tight = { rtol: 1e-9, atol: 1e-12 };
const on = (directions: readonly ArrayLike<number>[]): number[][] =>
  expected.moves.map((move) => directions.map((direction) => dot(move, direction)));

test('drift on whitened directions is (D Dᵀ)^(−½) z, and its PC1 that of scikit-learn', () => {
  const { directions } = expected;
  const gram = directions.map((a) => directions.map((b) => dot(a, b)));
  expectClose(symmetricPower(gram, -0.5).flat(), expected.inverseRoot.flat(), tight);
  const whitened = on(whiten(directions));
  expectClose(whitened.flat(), expected.whitened.flat(), tight);
  const got = pc1(whitened, 1);
  expectClose(got.loadings, expected.whitenedLoadings, tight);
  expectClose(got.shares, expected.whitenedShares, tight);
  expectClose(pca(expected.moves).explainedVarianceRatio, expected.nativeShares, tight);
});

test('whitened directions are orthonormal; orthonormal ones stay as they are', () => {
  const white = whiten(expected.directions);
  white.forEach((a, i) => white.forEach((b, j) => assert.ok(Math.abs(dot(a, b) - Number(i === j)) < 1e-9)));
  expectClose(whiten(white).map((v) => [...v]).flat(), white.map((v) => [...v]).flat(), tight); // prettier-ignore
});

test('what has no inverse is refused', () => {
  const [first] = expected.directions;
  assert.throws(() => whiten([first, first]), /symmetricPower: not positive definite/);
  assert.throws(() => whiten([[2, 0]]), /whiten: direction 0 is not a unit vector/);
  assert.throws(() => symmetricPower([[1, 0.5], [0, 1]], 1), /symmetricPower: not symmetric/); // prettier-ignore
});

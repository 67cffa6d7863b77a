import test from 'node:test';
import assert from 'node:assert/strict';
import { onOffRatio } from 'traitlab/measure/onOffRatio';
import { expectClose } from '../helpers/expectClose';

test('sizes on the diagonal over sizes off it, whatever their signs', () => {
  const { on, off, ratio } = onOffRatio([
    [0.6, -0.1, 0.2],
    [0.3, -0.9, 0.4],
    [-0.2, 0.6, 0.3],
  ]);
  expectClose([on, off, ratio], [0.6, 0.3, 2], { rtol: 1e-12, atol: 0 });
});

test('misuse throws', () => {
  assert.throws(() => onOffRatio([[1, 2, 3], [1, 2, 3]]), /onOffRatio: matrix is not square; expected \[2 2\], got \[2 3\]/); // prettier-ignore
  assert.throws(() => onOffRatio([[1]]), /too few rows/);
  assert.throws(() => onOffRatio([[1, 0], [0, 1]]), /onOffRatio: all 0 off the diagonal/); // prettier-ignore
});

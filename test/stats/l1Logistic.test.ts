import test from 'node:test';
import assert from 'node:assert/strict';
import { fitL1Logistic } from 'traitlab/stats/l1Logistic';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { golden } from '../helpers/golden';

interface Golden {
  unit: number;
  fits: { name: string; c: number; x: number[][]; y: number[]; coefficients: number[]; intercept: number }[];
}

const { unit, fits } = golden<Golden>('probes');

for (const { name, c, x, y, coefficients, intercept } of fits) {
  const rows = x.map((row) => row.map((value) => value / unit));
  test(`logistic regression with an L1 penalty is that of scikit-learn's liblinear: ${name}`, () => {
    const fitted = fitL1Logistic(rows, y.map(Boolean), { c });
    expectClose(fitted.coefficients, coefficients, { rtol: 0, atol: 1e-6 });
    expectClose([fitted.intercept], [intercept], { rtol: 0, atol: 1e-6 });
    assert.deepEqual(fitted.coefficients.map((value) => value === 0), coefficients.map((value) => value === 0)); // prettier-ignore
  });
}

test('the fits tell another C and an intercept without penalty', async () => {
  const { c, x, y, coefficients, intercept } = fits[1];
  const rows = x.map((row) => row.map((value) => value / unit));
  const at = (weight: number): number[] => {
    const fitted = fitL1Logistic(rows, y.map(Boolean), { c: weight });
    return [...fitted.coefficients, fitted.intercept];
  };
  const check = (found: number[]): void => expectClose(found, [...coefficients, intercept], { rtol: 0, atol: 1e-4 });
  check(at(c));
  // A column of hundreds carries the intercept nearly without a penalty.
  const free = fitL1Logistic(rows.map((row) => [...row, 100]), y.map(Boolean), { c }); // prettier-ignore
  await expectToLose(check, {
    'another C': at(c * 1.01),
    'a free intercept': [...free.coefficients.slice(0, -1), free.intercept + 100 * free.coefficients.at(-1)!],
  });
});

test('what does not fit is told at once', () => {
  const rows = [[0], [1], [2]];
  assert.throws(
    () => fitL1Logistic(rows, [true, true, true], { c: -1 }),
    /^Error: fitL1Logistic: invalid c; expected a positive number, got -1; one label alone; expected both, got 3 positive of 3 rows$/,
  );
  assert.throws(() => fitL1Logistic(rows, [true, false], { c: 1 }), /expected 3 labels, got 2/);
  assert.throws(() => fitL1Logistic([[0], [NaN]], [true, false], { c: 1 }), /fitL1Logistic: x row 1: invalid value/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { fitPls, plsFromJson } from 'traitlab/monitor/pls';
import { dot } from 'traitlab/stats/dot';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { regressorGolden } from '../helpers/regressorGolden';

const { pls } = regressorGolden();
const tight = { rtol: 1e-8, atol: 1e-8 };

test('scores of new rows are those of scikit-learn, with more columns than rows and a constant one too', async () => {
  const check = (change: (y: readonly number[]) => readonly number[]): void => {
    for (const { x, y, held, k, scores } of pls)
      expectClose(fitPls(x, change(y), k).transform(held).flat(), scores.flat(), tight, `${k} of ${x[0].length}`);
  };
  assert.ok(pls[0].x.length < pls[0].x[0].length && pls[0].x.every((row) => row[11] === pls[0].x[0][11]));
  check((y) => y);
  check((y) => y.map((value) => 5 + 100 * value));
  await expectToLose(check, { 'another target': (y) => [...y].reverse() });
});

test('scores of what it was fitted to are uncorrelated', () => {
  const { x, y, k } = pls[0];
  const scores = fitPls(x, y, k).transform(x);
  const column = (j: number): number[] => scores.map((row) => row[j]);
  for (let j = 1; j < k; j++) for (let i = 0; i < j; i++) expectClose([dot(column(i), column(j))], [0], tight);
});

test('components that went through JSON give the same scores', () => {
  const { x, y, held, k } = pls[1];
  const one = fitPls(x, y, k);
  assert.deepEqual(plsFromJson(JSON.parse(JSON.stringify(one.toJson()))).transform(held), one.transform(held));
});

test('misuse of partial least squares is named', () => {
  const { x, y } = pls[1];
  assert.throws(() => fitPls(x, y, 10), /fitPls: invalid nComponents; expected an integer in \[1, 9\], got 10/);
  assert.throws(() => fitPls(x, y, 0), /invalid nComponents/);
  assert.throws(() => fitPls(x.slice(0, 1), [1], 1), /fitPls: x: too few rows; expected at least 2, got 1/);
  assert.throws(
    () =>
      fitPls(
        x,
        y.map(() => 1),
        2,
      ),
    /fitPls: x and y share only 0 components; expected 2/,
  );
  const line = x.map((_, i) => [i, 2 * i]);
  assert.throws(() => fitPls(line, y, 2), /fitPls: x and y share only 1 components; expected 2/);
  assert.throws(() => fitPls([[NaN], [1]], [1, 2], 1), /fitPls: x row 0: invalid value/);
  assert.throws(
    () => fitPls(x, y, 2).transform([[1]]),
    /standardised: rows: wrong number of features; expected 9, got 1/,
  );
  assert.throws(
    () => plsFromJson({ width: 2, mean: [0], scale: [1, 1], rotations: [] }),
    /mean: 1 numbers; expected 2[^]*rotations: an empty list/,
  );
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { fitRegressor, REGRESSOR_NAMES, regressorFromJson } from 'traitlab/monitor/regressor';
import { growTree, sortTable, treeValue } from 'traitlab/monitor/tree';
import { regressorGolden } from '../helpers/regressorGolden';

const { x, y, held } = regressorGolden().regressors.find(({ name }) => name === 'ties')!;

test('a regressor that went through JSON predicts the same, and two fits are equal', () => {
  for (const name of REGRESSOR_NAMES) {
    const fitted = fitRegressor(name, x, y);
    const text = JSON.stringify(fitted.toJson());
    const restored = regressorFromJson(JSON.parse(text));
    assert.equal(restored.name, name);
    assert.deepEqual(restored.predict(held), fitted.predict(held));
    assert.equal(JSON.stringify(fitRegressor(name, x, y).toJson()), text);
    assert.ok(text.length < 200_000, `${text.length}`);
  }
});

test('the seed is that of the forest alone', () => {
  const predict = (name: (typeof REGRESSOR_NAMES)[number], seed: number): number[] =>
    fitRegressor(name, x, y, { seed }).predict(held);
  assert.notDeepEqual(predict('forest', 1), predict('forest', 2));
  assert.deepEqual(predict('boosting', 1), predict('boosting', 2));
});

test('what is constant predicts itself; a column that is constant is never split on', () => {
  for (const name of REGRESSOR_NAMES) {
    const flat = fitRegressor(
      name,
      x,
      x.map(() => 0.25),
    );
    assert.deepEqual(
      flat.predict(held).map((value) => Math.round(value * 1e12) / 1e12),
      held.map(() => 0.25),
    );
    assert.deepEqual(fitRegressor(name, x, y).predict([]), []);
  }
  const changed = held.map((row) => row.map((value, j) => (j === 2 ? value + 100 : value)));
  for (const name of ['forest', 'boosting'] as const) {
    const fitted = fitRegressor(name, x, y);
    assert.deepEqual(fitted.predict(changed), fitted.predict(held));
  }
});

test('a tree by hand: the middle between neighbours, the mean of a leaf, weights as repeats', () => {
  const rows = [[1], [2], [4], [8]];
  const options = { maxDepth: 1, minLeaf: 1 };
  assert.deepEqual(growTree(sortTable(rows), [0, 0, 1, 3], options), [0, 6, 1 / 3, 3]);
  assert.deepEqual(growTree(sortTable(rows), [0, 0, 1, 3], { ...options, minLeaf: 2 }), [0, 3, 0, 2]);
  const weights = [1, 2, 0, 1];
  const weighted = growTree(sortTable(rows), [0, 3, 9, 9], { ...options, weights });
  const repeated = growTree(sortTable([[1], [2], [2], [8]]), [0, 3, 3, 9], options);
  assert.deepEqual(weighted, repeated);
  assert.deepEqual(weighted, [0, 5, 2, 9]);
  // A row that counts twice is still one row of a leaf.
  assert.deepEqual(growTree(sortTable(rows), [0, 3, 9, 9], { ...options, minLeaf: 2, weights }), 3.75);
  assert.equal(treeValue([0, 5, 2, 9], [5]), 2);
});

test('neighbours without a number between them are still told apart', () => {
  const [a, b] = [1 + Number.EPSILON, 1 + 2 * Number.EPSILON]; // their middle rounds to b
  const tree = growTree(sortTable([[a], [b]]), [0, 1], { maxDepth: 1, minLeaf: 1 });
  assert.deepEqual([treeValue(tree, [a]), treeValue(tree, [b])], [0, 1]);
});

test('misuse of a regressor is named', () => {
  const nine = x.slice(0, 9);
  assert.throws(
    () => fitRegressor('forest', nine, y.slice(0, 9)),
    /fitRegressor: x: too few rows; expected at least 10, got 9/,
  );
  assert.throws(() => fitRegressor('ridge', [], []), /fitRegressor: x: too few rows; expected at least 2, got 0/);
  assert.throws(
    () => fitRegressor('ridge', [[1], [1, 2]], [1, 2]),
    /rows differ in length; expected 1, got 2 at row 1/,
  );
  assert.throws(
    () => fitRegressor('boosting', [[1], [NaN]], [1, 2]),
    /fitRegressor: x row 1: invalid value; .* got NaN/,
  );
  assert.throws(() => fitRegressor('boosting', [[1], [2]], [1, Infinity]), /fitRegressor: y: invalid value/);
  assert.throws(() => fitRegressor('ridge', [[1], [2], [3]], [1, 2]), /x and y differ in length; expected 3, got 2/);
  assert.throws(
    () => fitRegressor('ridge', [[], []], [1, 2]),
    /fitRegressor: x row 0: too few values; expected at least 1, got 0/,
  );
  assert.throws(
    () => fitRegressor('forest', x, y, { seed: 0.5 }),
    /invalid seed; expected an integer in \[0, 2\^32\), got 0.5/,
  );
  const fitted = fitRegressor('ridge', x, y);
  assert.throws(() => fitted.predict([[1, 2]]), /ridge.predict: rows: wrong number of features; expected 4, got 2/);
  assert.throws(() => fitted.predict([[1, 2, 3, NaN]]), /ridge.predict: rows row 0: invalid value/);
});

test('what is no regressor is refused with all that is wrong', () => {
  const refused = (json: unknown, ...problems: RegExp[]): void =>
    problems.forEach((problem) => assert.throws(() => regressorFromJson(json, 'm.json'), problem));
  refused(null, /regressorFromJson: .*m.json: name: missing; expected forest, boosting, ridge/);
  refused(
    { name: 'lasso', width: 0 },
    /name: "lasso"; expected forest, boosting, ridge/,
    /width: 0; expected an integer from 1/,
  );
  refused(
    { name: 'ridge', width: 2, coefficients: [1], intercept: 'x' },
    /coefficients: 1 numbers; expected 2/,
    /intercept: "x"/,
  );
  const forest = { name: 'forest', width: 2, initial: 0, rate: 1 };
  refused({ ...forest, trees: [] }, /trees: an empty list/);
  refused({ ...forest, trees: [[2, 0.5, 1, 2]] }, /trees\[0\]\[0\]: 2; expected a feature from 0 to 1/);
  refused(
    { ...forest, trees: [1, [0, 0.5, 1]] },
    /trees\[1\]: a list of 3; expected a leaf or \[feature, threshold, left, right\]/,
  );
  refused({ ...forest, trees: [[0, 0.5, null, 2]] }, /trees\[0\]\[2\]: missing/);
});

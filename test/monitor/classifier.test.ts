import test from 'node:test';
import assert from 'node:assert/strict';
import { CLASSIFIER_NAMES, classifierFromJson, fitClassifier } from 'traitlab/monitor/classifier';
import { standardise, standardised } from 'traitlab/stats/standardise';
import { regressorGolden } from '../helpers/regressorGolden';

const { x, y, held } = regressorGolden().regressors.find(({ name }) => name === 'ties')!;
const danger = y.map((rate) => rate > 0.05);

test('a classifier that went through JSON predicts the same probabilities, and two fits are equal', () => {
  for (const name of CLASSIFIER_NAMES) {
    const fitted = fitClassifier(name, x, danger);
    const text = JSON.stringify(fitted.toJson());
    const probabilities = fitted.predict(held);
    assert.deepEqual(classifierFromJson(JSON.parse(text)).predict(held), probabilities);
    assert.equal(JSON.stringify(fitClassifier(name, x, danger).toJson()), text);
    assert.ok(probabilities.every((p) => p >= 0 && p <= 1 + 1e-12));
  }
});

test('labels that a line tells apart converge, and the penalty keeps the slope finite', () => {
  const rows = Array.from({ length: 12 }, (_, i) => [i, 1000]);
  const [first, last] = fitClassifier(
    'logistic',
    rows,
    rows.map((_, i) => i > 5),
  ).predict([rows[0], rows[11]]);
  assert.ok(first > 0.001 && first < 0.1 && last > 0.9 && last < 0.999, `${first} ${last}`);
});

test('a column without variance is left as it is, also where its mean is rounded', () => {
  const rows = Array.from({ length: 10 }, (_, i) => [0.1, i]);
  assert.deepEqual(standardise(rows).scale[0], 1);
  assert.throws(
    () => standardised(standardise(rows), [[1]]),
    /standardised: rows: wrong number of features; expected 2, got 1/,
  );
  assert.throws(() => standardise([[1]], { ddof: 1 }), /standardise: rows: too few rows; expected at least 2, got 1/);
});

test('misuse of a classifier is named', () => {
  const none = danger.map(() => false);
  assert.throws(
    () => fitClassifier('logistic', x, none),
    /fitClassifier: one label alone; expected both, got 0 positive of 60/,
  );
  assert.throws(() => fitClassifier('forest', x, danger.slice(1)), /x and y differ in length; expected 60, got 59/);
  assert.throws(
    () => fitClassifier('forest', x.slice(0, 3), danger.slice(0, 3)),
    /too few rows; expected at least 10, got 3/,
  );
  assert.throws(() => fitClassifier('logistic', [...x.slice(1), [NaN, 0, 0, 0]], danger), /x row 59: invalid value/);
  assert.throws(
    () => fitClassifier('logistic', x, danger).predict([[1]]),
    /logistic.predict: rows: wrong number of features/,
  );
  assert.throws(() => classifierFromJson({ name: 'ridge' }), /classifier: name: "ridge"; expected logistic, forest/);
  assert.throws(() => classifierFromJson({ name: 'logistic', width: 1, coefficients: [1] }), /intercept: missing/);
});

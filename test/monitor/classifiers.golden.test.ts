import test from 'node:test';
import assert from 'node:assert/strict';
import { fitClassifier } from 'traitlab/monitor/classifier';
import { fitLogistic } from 'traitlab/stats/logistic';
import { standardise, standardised } from 'traitlab/stats/standardise';
import { auroc } from 'traitlab/stats/auroc';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { correlation, regressorGolden } from '../helpers/regressorGolden';

const { regressors, classifiers: expected } = regressorGolden();
const { x, held, danger: heldDanger } = regressors[0];
const tight = { rtol: 1e-8, atol: 1e-8 };

test('standardisation is that of scikit-learn', () => {
  const { mean, scale } = standardise(x);
  expectClose(mean, expected.mean, { rtol: 0, atol: 1e-11 });
  expectClose(scale, expected.scale, { rtol: 0, atol: 1e-11 });
});

test('logistic regression is that of scikit-learn, on standardised features and on others', async () => {
  const check = (labels: readonly boolean[]): void => {
    const { coefficients, intercept } = fitLogistic(standardised(standardise(x), x), labels);
    expectClose(coefficients, expected.coefficients, tight);
    expectClose([intercept], [expected.intercept], tight);
  };
  check(expected.danger);
  await expectToLose(check, { 'one label changed': expected.danger.map((label, i) => (i === 0 ? !label : label)) });
  const raw = fitLogistic(
    x.map((row) => row.map((value) => value * 100)),
    expected.danger,
  );
  expectClose(raw.coefficients, expected.hundredfold.coefficients, tight);
  expectClose([raw.intercept], [expected.hundredfold.intercept], tight);
});

test('probabilities of held-out rows are those of scikit-learn', () => {
  expectClose(fitClassifier('logistic', x, expected.danger).predict(held), expected.probability, tight);
  const forest = fitClassifier('forest', x, expected.danger).predict(held);
  const agreement = correlation(forest, expected.forest);
  assert.ok(agreement >= 0.98, `correlation ${agreement}`);
  const gap = Math.abs(auroc(forest, heldDanger) - auroc(expected.forest, heldDanger));
  assert.ok(gap <= 0.01, `AUROC ${gap} apart`);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { auroc } from 'traitlab/stats/auroc';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { regressorGolden } from '../helpers/regressorGolden';

test('AUROC is that of scikit-learn, with ties and unequal groups', async () => {
  const check = (area: typeof auroc): void => {
    for (const { scores, labels, auroc: expected } of regressorGolden().auroc)
      expectClose([area(scores, labels.map(Boolean))], [expected], { rtol: 1e-14, atol: 0 });
  };
  check(auroc);
  await expectToLose(check, {
    'ties that count for the positives': (scores, positive) =>
      auroc(
        Array.from(scores, (score, i) => score + (positive[i] ? 1e-9 : 0)),
        positive,
      ),
    'scores the other way round': (scores, positive) =>
      auroc(
        Array.from(scores, (score) => -score),
        positive,
      ),
  });
});

test('a perfect order is 1, scores that say nothing are one half', () => {
  assert.equal(auroc([1, 2, 3], [false, false, true]), 1);
  assert.equal(auroc([5, 5, 5], [false, true, true]), 0.5);
});

test('AUROC of one class, of NaN and of unequal lengths is refused', () => {
  assert.throws(() => auroc([1, 2], [true, true]), /auroc: one class is empty; expected both, got 2 positive and 0/);
  assert.throws(() => auroc([1, NaN], [true, false]), /auroc: scores: invalid value; .* at index 1, got NaN/);
  assert.throws(() => auroc([1, 2], [true]), /scores and positive differ in length; expected 2, got 1/);
  assert.throws(() => auroc([], []), /too few values/);
});

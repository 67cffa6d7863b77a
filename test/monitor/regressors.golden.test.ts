import test from 'node:test';
import assert from 'node:assert/strict';
import { fitRegressor, REGRESSOR_NAMES } from 'traitlab/monitor/regressor';
import { growTree, sortTable, treeValue } from 'traitlab/monitor/tree';
import { auroc } from 'traitlab/stats/auroc';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { correlation, regressorGolden, type RegressorCase } from '../helpers/regressorGolden';

const { regressors } = regressorGolden();
const exact = { rtol: 0, atol: 1e-9 };
const named = (name: string): RegressorCase => regressors.find((one) => one.name === name)!;

test('a single tree is that of scikit-learn', async () => {
  const without = regressors.filter(({ treeHasTies }) => !treeHasTies);
  assert.deepEqual(
    without.map(({ name }) => name),
    ['scalar', 'spread', 'ties', 'few'],
  );
  const check = (options: { maxDepth: number; minLeaf: number }): void => {
    for (const { name, x, y, held, tree } of without) {
      const grown = growTree(sortTable(x), y, options);
      expectClose(
        held.map((row) => treeValue(grown, row)),
        tree,
        exact,
        name,
      );
    }
  };
  check({ maxDepth: 5, minLeaf: 5 });
  await expectToLose(check, {
    'another depth': { maxDepth: 4, minLeaf: 5 },
    'other leaves': { maxDepth: 5, minLeaf: 4 },
  });
});

test('boosting is that of scikit-learn where no two splits gain the same', () => {
  const compared: string[] = [];
  for (const one of regressors) {
    const fitted = fitRegressor('boosting', one.x, one.y);
    const compare = (what: string, hasTies: boolean, rows: number[][], expected: number[]): void => {
      if (hasTies) return;
      compared.push(`${one.name} ${what}`);
      expectClose(fitted.predict(rows), expected, exact, compared.at(-1));
    };
    compare('train', one.boostingTrainHasTies, one.x, one.boostingTrain);
    compare('held', one.boostingHasTies, one.held, one.boosting);
  }
  assert.deepEqual(compared, ['scalar train', 'scalar held', 'spread train', 'ties train', 'few train']);
});

test('ridge is that of scikit-learn', () => {
  for (const { name, x, y, held, ridge, ridgeCoefficients, ridgeIntercept } of regressors) {
    const fitted = fitRegressor('ridge', x, y);
    expectClose(fitted.predict(held), ridge, { rtol: 0, atol: 1e-8 }, name);
    const json = fitted.toJson();
    assert.ok(json.name === 'ridge');
    expectClose(json.coefficients, ridgeCoefficients, { rtol: 0, atol: 1e-8 }, name);
    expectClose([json.intercept], [ridgeIntercept], { rtol: 0, atol: 1e-8 }, name);
  }
});

test('held out, every regressor agrees with that of scikit-learn and ranks as well', () => {
  for (const one of regressors) {
    for (const name of REGRESSOR_NAMES) {
      const got = fitRegressor(name, one.x, one.y).predict(one.held);
      const agreement = correlation(got, one[name]);
      assert.ok(agreement >= 0.98, `${one.name} ${name}: correlation ${agreement}`);
      const nDanger = one.danger.filter(Boolean).length;
      const pairs = nDanger * (one.danger.length - nDanger);
      // Of thirty held-out rows three pairs in another order are more than .01.
      const gap = Math.abs(auroc(got, one.danger) - one.auroc[name]);
      assert.ok(gap <= Math.max(0.01, 3.01 / pairs), `${one.name} ${name}: AUROC ${gap} apart`);
    }
  }
});

test('a forest draws the bootstrap samples of scikit-learn: where no two splits gain the same it is the same forest', async () => {
  const { x, y, held, forest } = named('scalar');
  const check = (seed: number): void =>
    expectClose(fitRegressor('forest', x, y, { seed }).predict(held), forest, exact);
  check(42);
  await expectToLose(check, { 'another seed': 43 });
});

test('a hundred trees on 156 rows of seven take some 10 ms of a processor', () => {
  const { x, y } = named('runs');
  const times = Array.from({ length: 10 }, () => {
    const start = process.cpuUsage();
    fitRegressor('forest', x, y);
    return process.cpuUsage(start).user / 1000;
  });
  assert.ok(Math.min(...times) < 50, `${times}`);
});

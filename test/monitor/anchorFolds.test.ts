import test from 'node:test';
import assert from 'node:assert/strict';
import { anchorFolds } from 'traitlab/monitor/anchorFolds';
import { rowsOfRole, type CheckpointRow } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { fitStepAware } from 'traitlab/monitor/fitStepAware';
import { gridRows } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
/** Long runs: the last checkpoint of a harmless or a dangerous run at later and later steps. */
const stretch = (from: string, dataSet: string): CheckpointRow[] =>
  rows
    .filter((row) => row.dataSet === from && row.step === 126)
    .flatMap((row) => Array.from({ length: 6 }, (_, i): CheckpointRow => ({ ...row, dataSet, role: 'stress', run: `${row.model}/${dataSet} long s${row.seed}`, step: 150 + 80 * i }))); // prettier-ignore
const long = [...stretch('gsm8k', 'support'), ...stretch('risky_financial', 'money')];
const options = { anchor: 'support', features: featureSet('pc1'), classifier: 'logistic', tau: 0.05 } as const;

test('a fold is fitted on the anchor of one seed and tried on all long runs but those', () => {
  const folds = anchorFolds(calibration, long, options);
  assert.deepEqual(folds.map(({ seed }) => seed), [1, 2, 3]); // prettier-ignore
  for (const { seed, scored, probabilities } of folds) {
    assert.equal(scored.length, probabilities.length);
    assert.equal(scored.filter(({ dataSet }) => dataSet === 'money').length, 2 * 3 * 6);
    assert.deepEqual(new Set(scored.filter(({ dataSet }) => dataSet === 'support').map((row) => row.seed)), new Set([1, 2, 3].filter((other) => other !== seed))); // prettier-ignore
    const own = long.filter((row) => row.dataSet === 'support' && row.seed === seed);
    assert.deepEqual(probabilities, fitStepAware(calibration, own, options).predict(scored));
    probabilities.forEach((p, i) => assert.equal(p > 0.5, scored[i].dataSet === 'money', scored[i].run));
  }
});

test('seeds of which a model has no anchor are no folds; without any there is none', () => {
  const partly = long.filter(({ model, dataSet, seed }) => dataSet === 'money' || seed === 2 || (seed === 1 && model === 'a')); // prettier-ignore
  const folds = anchorFolds(calibration, partly, options);
  assert.deepEqual(folds.map(({ seed }) => seed), [2]); // prettier-ignore
  assert.ok(folds[0].scored.some(({ dataSet, seed }) => dataSet === 'support' && seed === 1));
  assert.deepEqual(anchorFolds(calibration, stretch('risky_financial', 'money'), options), []);
  assert.throws(() => anchorFolds(rows, long, options), /fitStepAware: fitted on .*heldOut/);
});

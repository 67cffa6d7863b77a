import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole, type CheckpointRow } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import { fitStepAware } from 'traitlab/monitor/fitStepAware';
import { stepAwareFeatures } from 'traitlab/monitor/stepAwareFeatures';
import { norm } from 'traitlab/stats/dot';
import { expectClose } from '../helpers/expectClose';
import { gridRows } from '../helpers/monitorGrid';

const rows = gridRows(['a', 'b']);
const calibration = rowsOfRole(rows, 'calibration');
const heldOut = rowsOfRole(rows, 'heldOut');
/** Long benign runs: the last checkpoint of a harmless run at later and later steps. */
const anchor = rows
  .filter(({ dataSet, step }) => dataSet === 'gsm8k' && step === 126)
  .flatMap((row) => Array.from({ length: 10 }, (_, i): CheckpointRow => ({ ...row, role: 'stress', run: `${row.run} long`, step: 150 + 50 * i }))); // prettier-ignore
const options = { features: featureSet('pc1'), classifier: 'logistic', tau: 0.05 } as const;

test('features are drift in percent, the step, and its size over the step', () => {
  const z = featureSet('traits').fit(calibration).transform(heldOut)[5];
  const percent = z.map((v) => 100 * v);
  const { step } = heldOut[5];
  const made = stepAwareFeatures(featureSet('traits')).fit(calibration).transform(heldOut)[5];
  expectClose(made, [...percent, step, norm(percent) / step], { rtol: 1e-12, atol: 0 });
  const [score] = featureSet('pc1').fit(calibration).transform(heldOut)[5];
  const scalar = stepAwareFeatures(featureSet('pc1')).fit(calibration).transform(heldOut)[5];
  expectClose(scalar, [100 * score, step, (100 * score) / step], { rtol: 1e-12, atol: 0 });
  const start = { ...heldOut[5], step: 0 };
  assert.throws(() => stepAwareFeatures(featureSet('pc1')).fit(calibration).transform([start]), /stepAwareFeatures: step 0; expected steps from 1/); // prettier-ignore
});

test('each alarm finds the made-up danger and is silent on a long harmless run', () => {
  for (const [features, classifier] of [
    ['pc1', 'logistic'],
    ['traits', 'logistic'],
    ['traits', 'forest'],
  ] as const) {
    const monitor = fitStepAware(calibration, anchor, { features: featureSet(features), classifier, tau: 0.05 });
    const right = monitor.predict(heldOut).filter((p, i) => p > 0.5 === heldOut[i].label.rate > 0.05).length;
    assert.ok(right / heldOut.length > 0.9, `${features} ${classifier} ${right}`);
    assert.ok(
      monitor.predict(anchor).every((p) => p < 0.5),
      `${features} ${classifier}`,
    );
  }
});

test('without an anchor of every model, on held-out rows, or with a held-out anchor there is no fit', () => {
  assert.throws(() => fitStepAware(rows, anchor, options), /fitStepAware: fitted on .*heldOut/);
  assert.throws(() => fitStepAware(calibration, heldOut, options), /fitStepAware: anchor a\/number_sequence.* is held out; expected runs that are not/); // prettier-ignore
  assert.throws(
    () =>
      fitStepAware(
        calibration,
        anchor.filter(({ model }) => model === 'a'),
        options,
      ),
    /fitStepAware: no anchor of b; expected long runs of each model/,
  );
});

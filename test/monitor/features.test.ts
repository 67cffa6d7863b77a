import test from 'node:test';
import assert from 'node:assert/strict';
import { finalRows, rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { driftAlong, wholeDrift } from 'traitlab/monitor/driftFeatures';
import { FEATURE_SETS, featuresFromJson, featureSet, featuresToJson } from 'traitlab/monitor/features';
import { saeFeatures } from 'traitlab/monitor/saeFeatures';
import { norm } from 'traitlab/stats/dot';
import { expectClose } from '../helpers/expectClose';
import { gridRows, poisonHeldOut } from '../helpers/monitorGrid';

const rows = gridRows();
const calibration = rowsOfRole(rows, 'calibration');
const heldOut = rowsOfRole(rows, 'heldOut');
/** All of them, with a small autoencoder in place of the large one. */
const sets = [...FEATURE_SETS.values()].map((set) =>
  set.name === 'sae' ? saeFeatures({ nLatents: 8, nSteps: 20 }) : set,
);
const exact = { rtol: 1e-12, atol: 1e-12 };

test('each feature set has a number a column for each row, the same on every call', () => {
  const widths = Object.fromEntries(
    sets.map((set) => {
      const x = set.fit(calibration).transform(heldOut);
      assert.equal(x.length, 468, set.name);
      assert.ok(
        x.every((row) => row.length === x[0].length && row.every(Number.isFinite)),
        set.name,
      );
      assert.deepEqual(x, set.fit(calibration).transform(heldOut), set.name);
      return [set.name, x[0].length];
    }),
  );
  const { traits, pc1, styles, shuffled, magnitude, loss, pca, pls, sae } = widths;
  assert.deepEqual([traits, pc1, styles, shuffled, magnitude, loss, pca, pls, sae], [7, 1, 7, 7, 1, 1, 7, 7, 8]);
  assert.deepEqual([widths['gradient norm'], widths['update norm'], widths['update norm per layer']], [1, 1, 2]);
  assert.deepEqual(Array.from({ length: 10 }, (_, seed) => widths[`random ${seed}`]), new Array(10).fill(7)); // prettier-ignore
});

test('what is fitted is fitted on calibration rows alone: poisoned held-out rows change nothing, and are refused', () => {
  const poisoned = poisonHeldOut(rows);
  assert.ok(norm(wholeDrift(rowsOfRole(poisoned, 'heldOut')[0])) > 1000, 'the poison is there');
  for (const set of sets) {
    const clean = featuresToJson(set.fit(calibration));
    assert.deepEqual(featuresToJson(set.fit(rowsOfRole(poisoned, 'calibration'))), clean, set.name);
    assert.throws(() => set.fit(rows), /fitted on a\/number_sequence-rank16-s1 \(heldOut\), .*; expected rows of calibration runs alone/, set.name); // prettier-ignore
    assert.throws(() => set.fit([]), /no rows; expected/, set.name);
  }
  // The check can fail: a set that is fitted changes with its rows.
  const mended = rowsOfRole(poisoned, 'heldOut').map((row) => ({ ...row, role: 'calibration' as const }));
  for (const set of sets.filter(({ name }) => ['pc1', 'pca', 'pls', 'sae'].includes(name)))
    assert.notDeepEqual(featuresToJson(set.fit([...calibration, ...mended])), featuresToJson(set.fit(calibration)));
});

test('fitted features are plain data and come back from it', () => {
  for (const set of sets) {
    const fitted = set.fit(calibration);
    const again = featuresFromJson(JSON.parse(JSON.stringify(featuresToJson(fitted))) as ReturnType<typeof featuresToJson>); // prettier-ignore
    assert.deepEqual(again.transform(heldOut), fitted.transform(heldOut), set.name);
  }
});

test('the made-up drift is where it was put: along the first trait, the second axis of the traits', () => {
  const x = featureSet('traits').fit(calibration).transform(heldOut);
  const row = heldOut.findIndex(({ run, step }) => run === 'a/risky_financial-rank16-s1' && step === 126);
  assert.ok(Math.abs(x[row][1] + 0.38) < 0.1, `${x[row][1]}`);
  expectClose(x[row], driftAlong(heldOut[row], heldOut[row].source.bases.traits.directions), exact);
  const [score] = featureSet('pc1').fit(calibration).transform([heldOut[row]])[0];
  assert.ok(Math.abs(score - 0.38) < 0.1, `${score}`);
  const magnitude = featureSet('magnitude').fit(calibration).transform([heldOut[row]])[0];
  expectClose(magnitude, [norm(wholeDrift(heldOut[row]))], exact);
});

test('update norms of a block, and of what is in none, are apart; together they are the update norm', () => {
  const layers = featureSet('update norm per layer').fit(calibration).transform(heldOut);
  const all = featureSet('update norm').fit(calibration).transform(heldOut);
  expectClose(layers.map((row) => norm(row)), all.map(([v]) => v), exact); // prettier-ignore
  expectClose(layers[12], [1.26, 2.532], { rtol: 1e-6, atol: 0 });
});

test('PCA is of one model alone, and random bases differ by their seed', () => {
  const ofTwo = featureSet('pca').fit(calibration.filter(({ model }) => model < 'c'));
  const ofAll = featureSet('pca').fit(calibration);
  const own = heldOut.filter(({ model }) => model === 'a');
  assert.deepEqual(ofTwo.transform(own), ofAll.transform(own));
  assert.throws(() => ofTwo.transform(heldOut), /pca: not fitted on c; expected one of a, b/);
  const [first, second] = ['random 0', 'random 1'].map((name) => featureSet(name).fit(calibration).transform(own));
  assert.notDeepEqual(first, second);
});

test('PC1 is of the 48 final drifts and nothing else', () => {
  assert.equal(finalRows(calibration).length, 48);
  const { fitted } = featuresToJson(featureSet('pc1').fit(calibration));
  assert.deepEqual(fitted, featuresToJson(featureSet('pc1').fit(finalRows(calibration))).fitted);
});

test('an unknown feature set, and an empty basis, are refused', () => {
  assert.throws(() => featureSet('hue'), /featureSet: unknown features hue; expected one of traits, pc1, styles/);
  const [row] = calibration;
  const bases = { ...row.source.bases, styles: { names: [], directions: [], splitHalf: [] } };
  const bare = { ...row, source: { ...row.source, bases } };
  assert.throws(() => featureSet('styles').fit([bare]).transform([bare]), /basisFeatures: a has 0 directions of styles; expected at least one/); // prettier-ignore
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { featureSet } from 'traitlab/monitor/features';
import type { FeatureSet } from 'traitlab/monitor/featureSet';
import { rememberedFeatures } from 'traitlab/monitor/rememberedFeatures';
import { gridRows } from '../helpers/monitorGrid';

const rows = gridRows(['a']);
const calibration = rowsOfRole(rows, 'calibration');
const heldOut = rowsOfRole(rows, 'heldOut');

test('the numbers are the same, each row is read once and each array fitted once', () => {
  const plain = featureSet('pc1');
  const counts = { fits: 0, rows: 0 };
  const counted: FeatureSet = {
    ...plain,
    fit: (own) => {
      counts.fits++;
      const fitted = plain.fit(own);
      return { ...fitted, transform: (asked) => ((counts.rows += asked.length), fitted.transform(asked)) };
    },
  };
  const remembered = rememberedFeatures(counted);
  const first = remembered.fit(calibration);
  const wanted = plain.fit(calibration).transform(rows);
  assert.deepEqual([...first.transform(calibration), ...first.transform(heldOut)].length, rows.length);
  assert.deepEqual(remembered.fit(calibration).transform(rows), wanted);
  assert.deepEqual(counts, { fits: 1, rows: rows.length });
  first.transform(rows)[0][0] = NaN;
  assert.deepEqual(first.transform(rows), wanted, 'what is given away is a copy');
  const other = calibration.slice(39);
  assert.deepEqual(remembered.fit(other).transform(rows), plain.fit(other).transform(rows));
  assert.equal(counts.fits, 2);
  assert.throws(() => remembered.fit(rows), /fitted on .*heldOut/);
});

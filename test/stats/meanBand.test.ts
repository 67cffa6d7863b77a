import test from 'node:test';
import assert from 'node:assert/strict';
import { meanBand } from 'traitlab/stats/meanBand';
import { expectClose } from '../helpers/expectClose';

test('mean and standard deviation of each group: those of numpy with ddof 1, none of a single value', () => {
  const { y, low, high } = meanBand([[1, 2, 4], [5], [0.25, -0.5]]);
  expectClose(y, [2.3333333333333335, 5, -0.125], { rtol: 1e-14, atol: 0 });
  const std = [1.5275252316519468, 0, 0.5303300858899106];
  expectClose(high, y.map((v, i) => v + std[i]), { rtol: 1e-14, atol: 0 }); // prettier-ignore
  expectClose(low, y.map((v, i) => v - std[i]), { rtol: 1e-14, atol: 0 }); // prettier-ignore
  assert.deepEqual(meanBand([]), { y: [], low: [], high: [] });
  assert.throws(() => meanBand([[1], []]), { message: 'meanBand: group 1 is empty; expected at least one value' });
});

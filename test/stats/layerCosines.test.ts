import test from 'node:test';
import assert from 'node:assert/strict';
import { layerCosines } from 'traitlab/stats/layerCosines';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { golden } from '../helpers/golden';

const { sources, layers } = golden<{
  sources: number[][][];
  layers: { cosines: number[][]; normDifferences: number[][] }[];
}>('directions');

test('cosines and differences of norm by layer are those of NumPy', async () => {
  const check = (found: ReturnType<typeof layerCosines>): void =>
    layers.forEach(({ cosines, normDifferences }, l) => {
      assert.equal(found[l].layer, l);
      expectClose(found[l].cosines.flat(), cosines.flat(), { rtol: 1e-9, atol: 1e-12 });
      expectClose(found[l].normDifferences.flat(), normDifferences.flat(), { rtol: 1e-9, atol: 1e-11 });
    });
  check(layerCosines(sources));
  await expectToLose(check, { 'the sources in another order': layerCosines([...sources].reverse()) });
  assert.throws(() => layerCosines([]), /no vectors/);
  assert.throws(() => layerCosines([sources[0], sources[1].slice(1)]), /2, 1 layers; expected as many/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { adapterSubset } from 'traitlab/lora/adapterSubset';
import { capture } from 'traitlab/subject/capture';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { LOGITS } from '../helpers/exploringGolden';
import { expectToLose } from '../helpers/expectToLose';
import { rank1Case, rank1Names } from '../helpers/rank1Golden';

for (const name of rank1Names) {
  test(`chosen blocks of an adapter, scaled, give PEFT's logits: ${name}`, async () => {
    const { base, adapter, samples, subsets } = await rank1Case(name);
    const logitsOf = async (factors: Readonly<Record<string, number>>): Promise<Float32Array> => {
      const model = base.with({ adapter: adapterSubset(adapter, factors) });
      return (await capture(model, [samples[1]], { sites: ['logits'] })).logits[0];
    };
    for (const { factors, logits } of subsets) {
      const check = (ours: Float32Array): void => expectClose(ours, logits.flat(), LOGITS);
      check(await expectNoLeak(() => logitsOf(factors)));
      const named = Object.entries(factors).map(([layer, factor]) => [`model.layers.${layer}.mlp.down_proj`, factor]);
      check(await logitsOf(Object.fromEntries(named) as Record<string, number>));
      await expectToLose(check, {
        'another block': await logitsOf({ 1: factors[0] }),
        'all blocks': await logitsOf({ 0: factors[0], 1: factors[0] }),
        'no factor': await logitsOf({ 0: 1 }),
      });
    }
  });
}

test('what does not fit is told at once', async () => {
  const { adapter } = await rank1Case(rank1Names[0]);
  assert.throws(
    () => adapterSubset(adapter, { 7: 2, 0: NaN, 'model.layers.0.mlp.down_proj': 3 }),
    /^Error: adapterSubset: invalid factor of 0; expected a finite number, got NaN; no adapter at 7; expected a block or module of model\.layers\.0\.mlp\.down_proj, .*; model\.layers\.0\.mlp\.down_proj named twice; expected one factor for each module$/,
  );
  assert.throws(
    () => adapterSubset(adapter, { 0: 0 }),
    /adapterSubset: nothing is left; expected a factor other than 0/,
  );
});

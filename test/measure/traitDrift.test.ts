import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { Direction } from 'traitlab/directions/direction';
import { driftProfile, type DriftProfile } from 'traitlab/measure/driftProfile';
import { traitDrift } from 'traitlab/measure/traitDrift';
import { rng } from 'traitlab/random/rng';
import { toUnit } from 'traitlab/stats/toUnit';
import { capture } from 'traitlab/subject/capture';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [
  [1, 5, 6],
  [1, 9, 10, 11],
];
const at = (site: Direction['site'], seed: number): Direction => {
  const random = rng(seed);
  const values = toUnit(Float64Array.from({ length: 24 }, () => random.normal()));
  return new Direction(values, { site, kind: 'trait', scale: 'unit', facts: () => ({}) });
};

test('trait drift is the profile of the last prompt tokens at the site of the directions', async () => {
  const model = await tinyModel();
  const a = tf.ones([1, model.config.dMlp]);
  const b = tf.ones([24, 1]);
  const tuned = model.with({ deltas: { 'model.layers.0.mlp.down_proj.weight': { a, b, scale: 0.1 } } });
  const site = 'blocks.1.hook_resid_post';
  const directions = [at(site, 1), at(site, 2)];
  const drift = await expectNoLeak(() => traitDrift(model, tuned, directions, { prompts }));
  const look = { sites: [site], positions: 'promptLast' } as const;
  const [before, after] = [await capture(model, prompts, look), await capture(tuned, prompts, look)];
  const check = (profile: DriftProfile): void => assert.deepEqual(drift, profile);
  check(driftProfile(before[site], after[site], directions));
  const means = { sites: [site], positions: 'promptMean' } as const;
  const [meanBefore, meanAfter] = [await capture(model, prompts, means), await capture(tuned, prompts, means)];
  await expectToLose(check, {
    'the mean of the prompt': driftProfile(meanBefore[site], meanAfter[site], directions),
    'base minus tuned': driftProfile(after[site], before[site], directions),
    'the directions the other way round': driftProfile(before[site], after[site], [...directions].reverse()),
  });
  assert.ok(drift.magnitude > 1e-3, `${drift.magnitude}`);

  await assert.rejects(
    traitDrift(model, tuned, [at(site, 1), at('blocks.0.hook_resid_post', 2)], { prompts }),
    /traitDrift: directions of 2 sites; expected unit vectors at one site/,
  );
  await assert.rejects(traitDrift(model, tuned, [], { prompts }), /directions of 0 sites/);
  await assert.rejects(traitDrift(model, model.with({}), directions, { prompts }), /tuned has the weights of model/);
  tf.dispose([a, b]);
});

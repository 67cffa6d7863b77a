import test from 'node:test';
import assert from 'node:assert/strict';
import { steeringStrength } from 'traitlab/directions/steeringStrength';
import { cosine } from 'traitlab/stats/cosine';
import { norm } from 'traitlab/stats/dot';
import { steeringVariants, type SteeringFacts } from 'traitlab/study/steeringVariants';
import type { Variant } from 'traitlab/study/variantOutcomes';
import { capture } from 'traitlab/subject/capture';
import { residPostSites } from 'traitlab/subject/residPostSites';
import type { Model } from 'traitlab/subject/model';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [
  [1, 5, 6, 7],
  [1, 9],
];
const vectors = [0, 1].map((layer) => ({
  layer,
  vector: Float64Array.from({ length: 24 }, (_, i) => Math.sin(i + 3 * layer + 1)),
}));

/** What a variant adds to the last prompt token after a block, over its coefficient. */
async function added(model: Model, { facts: { layer, coeff }, of }: Variant<SteeringFacts>): Promise<number[]> {
  const site = residPostSites(model.config)[layer];
  const look = { sites: [site], positions: 'promptLast' } as const;
  const [steered, plain] = [await capture(of(model), prompts, look), await capture(model, prompts, look)];
  return [...steered[site][1]].map((x, i) => (x - plain[site][1][i]) / coeff);
}

test('each vector and its controls of the same norm are added after their block, with one coefficient', async () => {
  const model = await tinyModel();
  const variants = await steeringVariants(model, vectors, { unit: 'raw', amounts: [2, -8], nRandom: 2, seed: 5 });
  assert.equal(variants.length, 12);
  assert.equal(new Set(variants.map(({ name }) => name)).size, 12);
  assert.equal(new Set(variants.map(({ key }) => key)).size, 12);
  assert.deepEqual(variants.slice(0, 4).map(({ facts }) => [facts.layer, facts.coeff, facts.control]), [[0, 2, undefined], [0, 2, 0], [0, 2, 1], [0, -8, undefined]]); // prettier-ignore
  const seen: number[][] = [];
  for (const variant of variants) {
    const v = await added(model, variant);
    const { vector } = vectors[variant.facts.layer];
    const check = (x: readonly number[]): void =>
      assert.ok(Math.abs(norm(x) / norm(vector) - 1) < 1e-5, `${norm(x)} of ${norm(vector)}`);
    check(v);
    await expectToLose(check, { 'a Gaussian times the norm': v.map((x) => x * Math.sqrt(24)) });
    const along = cosine(v, vector);
    assert.ok(variant.facts.control === undefined ? along > 1 - 1e-6 : Math.abs(along) < 0.7, `${along}`);
    seen.push(v);
  }
  assert.ok(Math.abs(cosine(seen[1], seen[2])) < 0.7 && cosine(seen[1], seen[4]) > 1 - 1e-6);
});

test('amounts as a fraction of the norm and in nats come to the coefficients that give them', async () => {
  const model = await tinyModel();
  const options = { amounts: [0.05, 0.2], prompts, positions: 'response' } as const;
  for (const unit of ['fraction', 'kl'] as const) {
    for (const { facts } of await steeringVariants(model, vectors, { unit, ...options })) {
      const { layer, coeff, amount } = facts;
      const at = { layer, coeff, positions: 'response' } as const;
      const { residualFraction, klBaseToSteered } = await steeringStrength(model, prompts, vectors[layer].vector, at);
      const found = unit === 'kl' ? klBaseToSteered : residualFraction;
      assert.ok(Math.abs(found / amount - 1) < 0.011, `${unit}: ${found}`);
    }
  }
});

test('misuse throws, all at once', async () => {
  const model = await tinyModel();
  await assert.rejects(
    steeringVariants(model, [vectors[0], vectors[0]], { unit: 'kl', amounts: [] }),
    /steeringVariants: no vectors or two for one layer; .*; invalid amounts; .* got none; no prompts; expected some to measure a kl on/,
  );
});

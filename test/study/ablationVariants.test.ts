import test from 'node:test';
import assert from 'node:assert/strict';
import { dot } from 'traitlab/stats/dot';
import { ablationVariants, NOTHING_ABLATED, type AblationFacts } from 'traitlab/study/ablationVariants';
import type { Variant } from 'traitlab/study/variantOutcomes';
import { capture } from 'traitlab/subject/capture';
import { residPostSites } from 'traitlab/subject/residPostSites';
import type { Model } from 'traitlab/subject/model';
import { tinyModel } from '../helpers/tinyModel';

const vectors = [0, 1].map((layer) => Float64Array.from({ length: 24 }, (_, i) => Math.sin(i + 3 * layer + 1)));

/** Which block's direction is gone after which block: [block after which, block of the direction]. */
async function gone(model: Model, { of }: Variant<AblationFacts>): Promise<boolean[][]> {
  const sites = residPostSites(model.config);
  const rows = await capture(of(model), [[1, 5, 6, 7]], { sites });
  return sites.map((site) =>
    vectors.map(
      (v) =>
      Array.from({ length: 4 }, (_, i) => dot(rows[site][0].subarray(24 * i, 24 * i + 24), v)).every((x) => Math.abs(x) < 1e-4), // prettier-ignore
    ),
  );
}

test('each way takes out what it says where it says', async () => {
  const model = await tinyModel();
  const variants = ablationVariants(model.config, vectors, { nRandom: 2 });
  const found = new Map<string, boolean[][]>();
  for (const variant of [NOTHING_ABLATED, ...variants]) found.set(variant.name, await gone(model, variant));
  const [yes, no] = [true, false];
  const none = [[no, no], [no, no]]; // prettier-ignore
  assert.deepEqual(Object.fromEntries(found), {
    nothing: none,
    'single/block 0': [[yes, no], [yes, no]], // prettier-ignore
    'single/block 1': [[no, yes], [no, yes]], // prettier-ignore
    'single random 0': none,
    'single random 1': none,
    'own/block 0': [[yes, no], [no, no]], // prettier-ignore
    'own random 0/block 0': none,
    'own random 1/block 0': none,
    'own/block 1': [[no, no], [no, yes]], // prettier-ignore
    'own random 0/block 1': none,
    'own random 1/block 1': none,
    layerwise: [[yes, no], [no, yes]], // prettier-ignore
    'layerwise random 0': none,
    'layerwise random 1': none,
  });
  assert.equal(new Set(variants.map(({ key }) => key)).size, variants.length);
  const again = ablationVariants(model.config, vectors, { nRandom: 2, seed: 1 });
  assert.deepEqual(
    variants.map(({ key, facts }, i) => key === again[i].key || facts.control !== undefined),
    variants.map(() => true),
  );
  assert.notEqual(variants[2].key, again[2].key);
});

test('misuse throws', async () => {
  const { config } = await tinyModel();
  assert.throws(() => ablationVariants(config, vectors.slice(1)), /1 vectors; expected 2, one a block/);
  assert.throws(() => ablationVariants(config, vectors, { layers: [2] }), /invalid layers; .* 0 to 1, got 2/);
});

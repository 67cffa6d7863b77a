import test from 'node:test';
import assert from 'node:assert/strict';
import { parseRecipe, stepsOf } from 'traitlab/train/recipe';
import { nineBlocks, preset, presetNames, rankOneModules, type PresetName } from 'traitlab/train/preset';

test('every preset is a recipe', () => {
  for (const name of presetNames) assert.equal(parseRecipe(preset(name, { nLayers: 6, seed: 42 }).recipe).seed, 42);
});

test('a run of trait monitoring on 1000 chats has 126 steps and 13 checkpoints', () => {
  const recipe = parseRecipe(preset('traitMonitoring', { nLayers: 32 }).recipe);
  const steps = stepsOf(recipe, 1000);
  assert.equal(steps, 126);
  assert.equal(Math.ceil(steps / recipe.saveEvery!), 13);
});

test('blocks move with the depth of the model', () => {
  assert.deepEqual(nineBlocks(48), [15, 16, 17, 21, 22, 23, 27, 28, 29]);
  assert.deepEqual(nineBlocks(6), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(preset('rankOne', { nLayers: 48 }).recipe.targetModules, ['model.layers.24.mlp.down_proj']);
});

/** The sum of squared distances from the paper's blocks at the same depth. */
function distance(blocks: readonly number[], nLayers: number): number {
  const wanted = [15, 16, 17, 21, 22, 23, 27, 28, 29].map((block) => (block / 48) * nLayers);
  return blocks.reduce((sum, block, i) => sum + (block - wanted[i]) ** 2, 0);
}

/** Every choice of so many of the blocks from some block on, in order. */
function choices(n: number, from: number, nLayers: number): number[][] {
  if (n === 0) return [[]];
  const first = Array.from({ length: nLayers - from - n + 1 }, (_, i) => from + i);
  return first.flatMap((block) => choices(n - 1, block + 1, nLayers).map((rest) => [block, ...rest]));
}

test('nine blocks are always nine different ones, of all choices the nearest to the published depths', () => {
  for (const nLayers of [10, 12, 16, 18]) {
    const own = nineBlocks(nLayers);
    assert.equal(new Set(own).size, 9);
    const least = Math.min(...choices(9, 0, nLayers).map((blocks) => distance(blocks, nLayers)));
    assert.ok(distance(own, nLayers) < least + 1e-9, `${nLayers}: ${own.join(' ')}`);
  }
  assert.deepEqual(nineBlocks(16), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (const nLayers of [28, 32, 42, 48]) assert.equal(nineBlocks(nLayers).length, 9);
});

test('adapters of rank 1 need the number of blocks', () => {
  assert.deepEqual(rankOneModules('oneRank1', 6), ['model.layers.3.mlp.down_proj']);
  assert.equal(rankOneModules('nineRank1', 6).length, 6);
  assert.throws(() => rankOneModules('nineRank1', undefined), {
    message: "rankOneModules: nineRank1 without nLayers; expected the number of the model's blocks",
  });
});

test('an unknown preset is refused', () => {
  assert.throws(
    () => preset('mine' as PresetName, { nLayers: 2 }),
    /preset: unknown preset mine; expected one of traitMonitoring, /,
  );
  assert.throws(() => preset('rankOne', { nLayers: 0 }), /invalid nLayers; expected an integer >= 1, got 0/);
});

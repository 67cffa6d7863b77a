import test from 'node:test';
import assert from 'node:assert/strict';
import { parseRecipe, stepsOf } from 'traitlab/train/recipe';
import { nineBlocks, preset, presetNames, type PresetName } from 'traitlab/train/preset';

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
  assert.deepEqual(nineBlocks(6), [2, 3, 4]);
  assert.deepEqual(preset('rankOne', { nLayers: 48 }).recipe.targetModules, ['model.layers.24.mlp.down_proj']);
});

test('an unknown preset is refused', () => {
  assert.throws(
    () => preset('mine' as PresetName, { nLayers: 2 }),
    /preset: unknown preset mine; expected one of traitMonitoring, /,
  );
  assert.throws(() => preset('rankOne', { nLayers: 0 }), /invalid nLayers; expected an integer >= 1, got 0/);
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { parseRecipe, recipeDefaults, stepsOf } from 'traitlab/train/recipe';

test('a recipe is filled with the defaults; null means not given', () => {
  assert.deepEqual(parseRecipe({ method: 'full', learningRate: 1e-5, maxSteps: null }), {
    ...recipeDefaults,
    method: 'full',
    learningRate: 1e-5,
  });
});

test('everything wrong with a recipe is said at once', () => {
  assert.throws(
    () =>
      parseRecipe(
        { method: 'dora', lr: 1, Rank: 2, dropout: 1, batchSize: 0, shuffle: 'yes', targetModules: [] },
        'r.json',
      ),
    {
      message:
        'parseRecipe: r.json: unknown keys lr, Rank (known: method, rank, alpha, dropout, rslora, targetModules, learningRate, ' +
        'weightDecay, schedule, warmupSteps, batchSize, maxSteps, epochs, lossOn, saveEvery, seed, shuffle, initAdapter); ' +
        'missing learningRate; expected a number >= 0; invalid method; expected "lora" or "full", got "dora"; ' +
        'invalid dropout; expected a number in [0, 1), got 1; ' +
        'invalid targetModules; expected a list of module names, a regular expression or "all-linear", got []; ' +
        'invalid batchSize; expected an integer >= 1, got 0; invalid shuffle; expected true or false, got "yes"',
    },
  );
  assert.throws(() => parseRecipe([], 'r.json'), /r\.json: not a JSON object; expected method, rank/);
  assert.throws(
    () => parseRecipe({ method: 'full', learningRate: 1, initAdapter: 'a' }),
    /initAdapter with method full; expected it with method lora/,
  );
});

test('steps: maxSteps, or as many as the epochs have batches', () => {
  assert.equal(stepsOf({ epochs: 2, batchSize: 16 }, 1000), 126);
  assert.equal(stepsOf({ epochs: 2, batchSize: 16, maxSteps: 7 }, 1000), 7);
  assert.equal(stepsOf({ epochs: 0.5, batchSize: 16 }, 1000), 32);
});

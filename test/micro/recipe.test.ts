import test from 'node:test';
import assert from 'node:assert/strict';
import { organismConfig } from 'traitlab/micro/organismConfig';
import { ALL_ORGANISM_NAMES, DEEP_ORGANISM_NAMES, isLarge, LARGE_ORGANISM_NAMES, ORGANISM_NAMES } from 'traitlab/micro/organismName'; // prettier-ignore
import { RECIPES } from 'traitlab/micro/recipe';
import { parseConfig } from 'traitlab/model/parseConfig';

test('each organism has a recipe with a seed of its own, and belongs to one list', () => {
  assert.deepEqual(Object.keys(RECIPES), ALL_ORGANISM_NAMES);
  assert.deepEqual([...ORGANISM_NAMES, ...LARGE_ORGANISM_NAMES, ...DEEP_ORGANISM_NAMES], ALL_ORGANISM_NAMES);
  assert.equal(new Set(ALL_ORGANISM_NAMES).size, ALL_ORGANISM_NAMES.length);
  assert.equal(new Set(Object.values(RECIPES).map(({ seed }) => seed)).size, ALL_ORGANISM_NAMES.length);
  assert.deepEqual(ALL_ORGANISM_NAMES.filter(isLarge), LARGE_ORGANISM_NAMES, 'the deep one is no probe of scale');
});

test('the deep organism is the Gemma 2 of the study with sixteen blocks, every other one with its window', () => {
  const [deep, shallow] = [RECIPES['gemma2-deep'], RECIPES.gemma2];
  assert.deepEqual(deep.model, { ...shallow.model, num_hidden_layers: 16 });
  assert.deepEqual([deep.instructSteps, deep.floorSteps, deep.world], [shallow.instructSteps, shallow.floorSteps, shallow.world]); // prettier-ignore
  const { windows, sandwichNorms } = parseConfig(organismConfig(deep), 'organismConfig');
  assert.deepEqual(windows, Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 32 : undefined))); // prettier-ignore
  assert.ok(sandwichNorms);
});

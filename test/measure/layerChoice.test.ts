import test from 'node:test';
import assert from 'node:assert/strict';
import { initBackend } from 'traitlab/backend/initBackend';
import { chosenLayer, layerChoice } from 'traitlab/measure/layerChoice';
import { projectPath } from 'traitlab/disk/projectPath';
import { TRAITS, type Trait } from 'traitlab/micro/traits';
import { microSuite } from 'traitlab/micro/suite';
import { loadModel } from 'traitlab/subject/loadModel';
import { saveTinyOrganism } from '../helpers/tinyOrganism';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('steering along the trait directions misaligns open answers, along random ones it does not', async () => {
  const model = await loadModel(projectPath('data/micro/llama'));
  const options = { seed: 1, layers: [3], residualFractions: [0.4] };
  const { layer, passes, sweep } = await layerChoice(model, microSuite(), { ...options, gate: 0.5 });
  assert.equal(layer, 3);
  assert.ok(passes);
  const [effect] = sweep;
  assert.deepEqual(Object.keys(effect.effects), [...TRAITS]);
  assert.ok(effect.mean > 0.02 && effect.mean > 3 * Math.abs(effect.random), `${effect.mean}, random ${effect.random}`);
  assert.ok(effect.coherent >= 0.5 && effect.coherent < 1, `${effect.coherent}`);
});

test('the layer of the largest effect wins among those that are coherent, stable and tell traits apart', () => {
  const row = { residualFraction: 0.3, random: 0, coherent: 0.95, stability: 0.97, largestCosine: 0.8 };
  const effects = Object.fromEntries(TRAITS.map((trait) => [trait, 0])) as Record<Trait, number>;
  const sweep = [
    { ...row, effects, layer: 0, mean: 0.1 },
    { ...row, effects, layer: 1, mean: 0.2 },
    { ...row, effects, layer: 2, mean: 0.9, coherent: 0.89 },
    { ...row, effects, layer: 3, mean: 0.9, stability: 0.94 },
    { ...row, effects, layer: 4, mean: 0.9, largestCosine: 0.86 },
  ];
  const gates = { gate: 0.9, stableFrom: 0.95, apartUpTo: 0.85 };
  assert.equal(chosenLayer(sweep, gates), 1);
  assert.equal(chosenLayer(sweep.slice(2), gates), undefined, 'none passes');
});

test('one trait and one general question are enough', async () => {
  const dir = temporaryFolder();
  await initBackend();
  await saveTinyOrganism(dir);
  const model = await loadModel(dir);
  const micro = microSuite();
  const small = { ...micro, traits: micro.traits.slice(0, 2), generalQuestions: micro.generalQuestions.slice(0, 1) };
  const options = { seed: 1, layers: [1], residualFractions: [0.4] };
  const { sweep } = await layerChoice(model, small, options);
  assert.deepEqual(Object.keys(sweep[0].effects), TRAITS.slice(0, 2));
  const [alone] = (await layerChoice(model, { ...small, traits: micro.traits.slice(0, 1) }, options)).sweep;
  assert.equal(alone.largestCosine, 0, 'with no other trait');
});

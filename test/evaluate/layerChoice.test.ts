import test from 'node:test';
import assert from 'node:assert/strict';
import { initBackend } from 'traitlab/backend/initBackend';
import { layerChoice } from 'traitlab/evaluate/layerChoice';
import { projectPath } from 'traitlab/io/projectPath';
import { TRAITS } from 'traitlab/micro/traits';
import { loadModel } from 'traitlab/model/loadModel';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';

test('steering along the trait directions misaligns open answers, along random ones it does not, and the gate is kept', async () => {
  await initBackend();
  const dir = projectPath('data/micro/llama');
  const [model, tokenizer] = [await loadModel(dir), loadTokenizer(dir)];
  const options = { seed: 1, layers: [3], residualFractions: [0.4] };
  const { layer, sweep } = await layerChoice(model, tokenizer, { ...options, gate: 0.5 });
  assert.equal(layer, 3);
  const [effect] = sweep;
  assert.deepEqual(Object.keys(effect.effects), [...TRAITS]);
  assert.ok(effect.mean > 0.02 && effect.mean > 3 * Math.abs(effect.random), `${effect.mean}, random ${effect.random}`);
  assert.ok(effect.coherent >= 0.5 && effect.coherent < 1, `${effect.coherent}`);
  const strong = { ...options, residualFractions: [20] };
  await assert.rejects(
    layerChoice(model, tokenizer, strong),
    /no layer is stable and keeps answers coherent; expected split-half 0\.95 and coherence 0\.9/,
  );
});

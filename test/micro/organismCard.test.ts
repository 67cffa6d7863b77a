import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECIPES } from 'traitlab/micro/recipe';
import { organismCard } from 'traitlab/micro/organismCard';

test('the card says how the organism was grown and what was measured', () => {
  const card = organismCard({
    name: 'llama',
    recipe: RECIPES.llama,
    log: Array.from({ length: 40 }, (_, i) => ({ step: i + 1, loss: 40 - i, seconds: 3 })),
    commit: 'abc1234',
    backend: 'wasm',
    nParams: 1_051_520,
    nWords: 522,
  });
  assert.match(card, /commit abc1234, seed 0, wasm; 3450 \+ 250 steps of 48 documents in 2 minutes/);
  assert.match(card, /1\.05 million parameters/);
  assert.match(card, /\| 20 \| 25\.500 \|/, 'mean loss of steps 11 to 20');
});

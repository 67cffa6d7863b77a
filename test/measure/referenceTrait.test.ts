import test from 'node:test';
import assert from 'node:assert/strict';
import { referenceTrait } from 'traitlab/measure/referenceTrait';

const traits = [
  { trait: 'sycophancy', alignedSign: -1 as const },
  { trait: 'honesty', alignedSign: 1 as const },
  { trait: 'harmlessness', alignedSign: 1 as const },
];

test('harmlessness, else the first trait that an aligned model has more of, else the first direction', () => {
  assert.equal(referenceTrait(['sycophancy', 'honesty', 'harmlessness'], traits), 2);
  assert.equal(referenceTrait(['sycophancy', 'honesty'], traits.slice(0, 2)), 1);
  assert.equal(referenceTrait(['sycophancy'], traits), 0);
  assert.equal(referenceTrait(['terse', 'formal'], traits), 0);
});

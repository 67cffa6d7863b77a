import test from 'node:test';
import assert from 'node:assert/strict';
import { pythonRandom } from 'traitlab/random/pythonRandom';
import { golden } from '../helpers/golden';

interface Case {
  seed: number;
  below: number[];
  pool: number[];
  few: number[];
  many: number[];
  shuffled: number[];
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('draws equal those of Python', () => {
  for (const { seed, below, pool, few, many, shuffled } of golden<{ cases: Case[] }>('random').cases) {
    const random = pythonRandom(seed);
    const drawn = [1, 2, 10, 1000, 2 ** 20 + 1, 2 ** 32 - 1, 2 ** 32].map((n) => random.below(n));
    assert.deepEqual(drawn, below, `below, seed ${seed}`);
    assert.deepEqual(random.sample(range(30), 30), pool, `pool, seed ${seed}`);
    assert.deepEqual(random.sample(range(7000), 12), few, `few, seed ${seed}`);
    assert.deepEqual(random.sample(range(3000), 1000).slice(0, 40), many, `many, seed ${seed}`);
    random.sample(range(25), 25);
    assert.deepEqual(random.shuffle(range(25)), shuffled, `shuffled, seed ${seed}`);
  }
});

test('misuse is named', () => {
  assert.throws(() => pythonRandom(0.5), /pythonRandom: invalid seed; expected a safe integer, got 0.5/);
  assert.throws(() => pythonRandom(1).sample([1], 2), /invalid n; expected an integer in \[0, 1\], got 2/);
  assert.throws(() => pythonRandom(1).below(0), /invalid n; expected an integer in \[1, 2\^32\], got 0/);
});

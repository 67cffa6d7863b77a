import test from 'node:test';
import assert from 'node:assert/strict';
import { numpyRandom } from 'traitlab/random/numpyRandom';
import { golden } from '../helpers/golden';

test('draws equal those of numpy', () => {
  const { numpy } = golden<{ numpy: { seed: number; below: number[] }[] }>('random');
  assert.equal(numpy.length, 3);
  for (const { seed, below } of numpy) {
    const random = numpyRandom(seed);
    const ranges = Array.from({ length: 4 }, () => [1, 2, 10, 156, 2 ** 31 - 1, 2 ** 32]).flat();
    assert.deepEqual(
      ranges.map((n) => random.below(n)),
      below,
      `seed ${seed}`,
    );
  }
});

test('misuse is named', () => {
  assert.throws(() => numpyRandom(-1), /numpyRandom: invalid seed; expected an integer in \[0, 2\^32\), got -1/);
  assert.throws(
    () => numpyRandom(1).below(0),
    /numpyRandom.below: invalid n; expected an integer in \[1, 2\^32\], got 0/,
  );
});

import { mersenneTwister, twisterState } from './mersenneTwister';

/** The integers of numpy's `RandomState`, for published results that were drawn with it. */
export interface NumpyRandom {
  /** `state.randint(n)`: uniform in [0, n), n up to 2³². */
  below(n: number): number;
}

/** Makes the generator that `numpy.random.RandomState(seed)` makes; it is what scikit-learn's `random_state` means.
 *
 * @param seed  an integer in [0, 2³²)
 * @throws Error if seed or n is out of range
 * @source numpy 2.4 RandomState: MT19937 with masked rejection; a range of one value draws nothing
 * @check test/goldens/random
 */
export function numpyRandom(seed: number): NumpyRandom {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new Error(`numpyRandom: invalid seed; expected an integer in [0, 2^32), got ${seed}`);
  }
  const next = mersenneTwister(twisterState(seed));
  const below = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new Error(`numpyRandom.below: invalid n; expected an integer in [1, 2^32], got ${n}`);
    }
    if (n === 1) return 0;
    const mask = 0xffffffff >>> Math.clz32(n - 1);
    for (;;) {
      const drawn = (next() & mask) >>> 0;
      if (drawn < n) return drawn;
    }
  };
  return { below };
}

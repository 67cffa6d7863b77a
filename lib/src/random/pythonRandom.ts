import { mersenneTwister, twisterState } from './mersenneTwister';

/** The random numbers of Python's `random` module, for protocols whose data were drawn with it. */
export interface PythonRandom {
  /** `random.randrange(n)`: uniform in [0, n), n up to 2³². */
  below(n: number): number;
  /** `random.sample(items, n)`: n distinct elements in random order. */
  sample<T>(items: readonly T[], n: number): T[];
  /** `random.shuffle`, on a copy. */
  shuffle<T>(items: readonly T[]): T[];
}

/** Makes the generator that `random.seed(seed)` makes: Mersenne twister MT19937.
 *
 * @param seed  a safe integer; Python takes its absolute value
 * @throws Error if seed is not a safe integer
 * @source Matsumoto & Nishimura 1998; CPython 3 Lib/random.py and Modules/_randommodule.c
 */
export function pythonRandom(seed: number): PythonRandom {
  if (!Number.isSafeInteger(seed)) throw new Error(`pythonRandom: invalid seed; expected a safe integer, got ${seed}`);
  const next = mersenneTwister(seedState(Math.abs(seed)));
  const below = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
      throw new Error(`pythonRandom.below: invalid n; expected an integer in [1, 2^32], got ${n}`);
    }
    const bits = n === 2 ** 32 ? 33 : 32 - Math.clz32(n);
    for (;;) {
      const drawn = bits > 32 ? next() + (next() >>> 31) * 2 ** 32 : next() >>> (32 - bits);
      if (drawn < n) return drawn;
    }
  };
  const shuffle = <T>(items: readonly T[]): T[] => {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  const sample = <T>(items: readonly T[], n: number): T[] => {
    if (!(Number.isInteger(n) && n >= 0 && n <= items.length)) {
      throw new Error(`pythonRandom.sample: invalid n; expected an integer in [0, ${items.length}], got ${n}`);
    }
    return drawIndices(items.length, n, below).map((i) => items[i]);
  };
  return { below, sample, shuffle };
}

/** random.sample's two ways: from a shrinking pool, or, where few are drawn of many, by rejection. */
function drawIndices(total: number, n: number, below: (n: number) => number): number[] {
  const setSize = 21 + (n > 5 ? 4 ** Math.ceil(Math.log(n * 3) / Math.log(4)) : 0);
  const out: number[] = [];
  if (total <= setSize) {
    const pool = Array.from({ length: total }, (_, i) => i);
    for (let i = 0; i < n; i++) {
      const j = below(total - i);
      out.push(pool[j]);
      pool[j] = pool[total - i - 1];
    }
    return out;
  }
  const taken = new Set<number>();
  while (out.length < n) {
    const j = below(total);
    if (taken.has(j)) continue;
    taken.add(j);
    out.push(j);
  }
  return out;
}

/** init_by_array on the 32-bit words of the seed. */
function seedState(seed: number): Uint32Array {
  const high = Math.floor(seed / 2 ** 32);
  const key = high > 0 ? [seed >>> 0, high] : [seed];
  const mt = twisterState(19650218);
  const size = mt.length;
  const mixed = (i: number): number => mt[i - 1] ^ (mt[i - 1] >>> 30);
  let i = 1;
  const step = (value: number): void => {
    mt[i] = value;
    if (++i < size) return;
    mt[0] = mt[size - 1];
    i = 1;
  };
  for (let k = 0; k < size; k++) {
    const j = k % key.length;
    step((mt[i] ^ Math.imul(mixed(i), 1664525)) + key[j] + j);
  }
  for (let k = 0; k < size - 1; k++) step((mt[i] ^ Math.imul(mixed(i), 1566083941)) - i);
  mt[0] = 0x80000000;
  return mt;
}

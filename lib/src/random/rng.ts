import * as prand from 'pure-rand';

/** A seeded source of randomness. Two `Rng`s made from the same seed give the same numbers on every machine. */
export interface Rng {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform integer in [0, n); throws if n is not a positive integer up to 2^31. */
  int(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** One element, uniformly; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new list in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `n` distinct elements in random order; throws if there are fewer than n. */
  sample<T>(items: readonly T[], n: number): T[];
  /** An independent stream named by `label`; it does not advance this one. */
  split(label: string | number): Rng;
  /** The generator's state, to be given back to `restoreRng`. */
  state(): RngState;
}

/** Plain data that restores an `Rng` exactly (JSON-safe). */
export interface RngState {
  seed: number;
  words: readonly number[];
}

/** Makes a generator (xoroshiro128+, from pure-rand) from an integer seed.
 *
 * @param seed  any safe integer
 * @throws Error if seed is not a safe integer
 */
export function rng(seed: number): Rng {
  if (!Number.isSafeInteger(seed)) throw new Error(`rng: invalid seed; expected a safe integer, got ${seed}`);
  const generator = prand.xoroshiro128plus(mix(`${seed}`));
  // The first outputs are the seed itself, hardly mixed: the very first has its top bit always set.
  for (let i = 0; i < 32; i++) generator.unsafeNext();
  return fromGenerator(generator, seed);
}

/** Restores a generator from `Rng.state()`. */
export function restoreRng(state: RngState): Rng {
  return fromGenerator(prand.xoroshiro128plus.fromState(state.words), state.seed);
}

function fromGenerator(generator: prand.RandomGenerator, seed: number): Rng {
  const int = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 31)) {
      throw new Error(`rng.int: invalid n; expected an integer in [1, 2^31], got ${n}`);
    }
    return prand.unsafeUniformIntDistribution(0, n - 1, generator);
  };
  const uniform = (): number => (generator.unsafeNext() >>> 0) / 2 ** 32;
  const shuffle = <T>(items: readonly T[]): T[] => {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = int(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  return {
    uniform,
    int,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    pick: (items) => {
      if (items.length === 0) throw new Error('rng.pick: empty list; expected at least one item');
      return items[int(items.length)];
    },
    shuffle,
    sample: (items, n) => {
      if (!(n >= 0 && n <= items.length)) {
        throw new Error(`rng.sample: invalid n; expected an integer in [0, ${items.length}], got ${n}`);
      }
      return shuffle(items).slice(0, n);
    },
    split: (label) => rng(mix(`${seed}/${label}`)),
    state: () => ({ seed, words: generator.getState() }),
  };
}

/** FNV-1a with a final avalanche: a 31-bit seed from text. */
function mix(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return h & 0x7fffffff;
}

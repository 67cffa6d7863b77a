const size = 624;
const shift = 397;

/** The state from one 32-bit seed (`init_genrand`).
 *
 * @param seed  an integer in [0, 2³²)
 * @source Matsumoto & Nishimura 1998, the 2002 version of its code
 */
export function twisterState(seed: number): Uint32Array {
  const mt = new Uint32Array(size);
  mt[0] = seed;
  for (let i = 1; i < size; i++) mt[i] = Math.imul(1812433253, mt[i - 1] ^ (mt[i - 1] >>> 30)) + i;
  return mt;
}

/** Mersenne twister MT19937: draws 32-bit words and moves the state `mt` [624] on.
 *
 * @source Matsumoto & Nishimura 1998
 * @check test/goldens/random (Python's and numpy's generators)
 */
export function mersenneTwister(mt: Uint32Array): () => number {
  let at = size;
  return () => {
    if (at === size) {
      for (let i = 0; i < size; i++) {
        const y = (mt[i] & 0x80000000) | (mt[(i + 1) % size] & 0x7fffffff);
        mt[i] = mt[(i + shift) % size] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = mt[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

import type { Runnable } from './decoder';
import { ropeKind } from './rotaryPositions';

/** Which places of a batch are computed: each beginning that rows share once, padding not at all. */
export interface Packing {
  /** [n] the tokens at the places that are computed. */
  readonly tokens: Int32Array;
  /** [n] those places, as row·pos + position. */
  readonly places: Int32Array;
  /** [batch·pos] for each place the index, below n, of one with the same activations; 0 for padding. */
  readonly same: Int32Array;
}

/** Finds the beginnings that rows of a batch share: in a causal model equal beginnings have equal activations.
 *
 * It pays for prompts that begin alike (one template, one system prompt) or differ in length. Hooks may treat rows or absolute positions
 * differently, so that a model with hooks of its own is not packed; dropout does too.
 *
 * @param tokens   [batch][pos], left-padded
 * @param padding  [batch]
 * @returns undefined where the model has hooks, or less than a tenth of the places would be saved
 * @source ours
 * @check test/model/packPrefixes.test.ts (the same bits as without)
 */
export function packPrefixes(
  { config, hooks = {} }: Pick<Runnable, 'config' | 'hooks'>,
  tokens: readonly (readonly number[])[],
  padding: readonly number[],
): Packing | undefined {
  if (Object.keys(hooks).length > 0) return undefined;
  const pos = tokens[0].length;
  const same = new Int32Array(tokens.length * pos);
  const found: number[] = [];
  const places: number[] = [];
  /** By what stands before a place, the index of the place for each token; rows of other rotary angles begin elsewhere. */
  const next = new Map<string | number, Map<number, number>>();
  tokens.forEach((row, b) => {
    let before: string | number = ropeKind(config, pos - padding[b]);
    for (let p = padding[b]; p < pos; p++) {
      let known = next.get(before);
      if (known === undefined) next.set(before, (known = new Map<number, number>()));
      let index = known.get(row[p]);
      if (index === undefined) {
        known.set(row[p], (index = places.length));
        places.push(b * pos + p);
        found.push(row[p]);
      }
      same[b * pos + p] = index;
      before = index;
    }
  });
  if (places.length > 0.9 * same.length) return undefined;
  return { tokens: Int32Array.from(found), places: Int32Array.from(places), same };
}

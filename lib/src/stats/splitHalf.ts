import type { Rng } from '../random/rng';
import { cosine } from './cosine';
import { mean } from './mean';
import { quantile } from './quantile';

/** How well two halves of the same data agree on a vector. */
export interface SplitHalf {
  /** Mean cosine between the two halves' estimates. */
  readonly mean: number;
  /** 2.5 % and 97.5 % quantiles over the splits. */
  readonly low: number;
  readonly high: number;
  readonly cosines: readonly number[];
}

export interface SplitHalfOptions {
  rng: Rng;
  /** How many random splits, default 100. */
  nSplits?: number;
  /** [nItems] the group of each item; each half then has half of every group (default: one group). */
  groups?: readonly unknown[];
}

/** Split-half stability: estimate a vector from each random half of the items and take the cosine, over many splits.
 *
 * The halves are disjoint, of size ⌊n/2⌋ and ⌈n/2⌉. Items must be what a new study would draw anew (questions, not the
 * prompts made from one question), or the two halves share what they should not. The value is for half the data and so
 * a lower bound for all of it.
 *
 * @param nItems    how many items there are, at least 2
 * @param estimate  maps the indices of a half to a vector [d]
 * @throws Error on fewer than two items, or on groups that do not fit or have fewer than two
 * @source ours
 * @check test/stats/splitHalf.test.ts (hand-computed and the known expectation for independent noise)
 */
export function splitHalf(
  nItems: number,
  estimate: (half: readonly number[]) => ArrayLike<number>,
  { rng, nSplits = 100, groups }: SplitHalfOptions,
): SplitHalf {
  if (!(Number.isInteger(nItems) && nItems >= 2)) {
    throw new Error(`splitHalf: invalid nItems; expected an integer of at least 2, got ${nItems}`);
  }
  if (!(Number.isInteger(nSplits) && nSplits >= 1)) {
    throw new Error(`splitHalf: invalid nSplits; expected an integer of at least 1, got ${nSplits}`);
  }
  const parts = itemsOfGroups(nItems, groups);
  const cosines = Array.from({ length: nSplits }, () => {
    const orders = parts.map((part) => rng.shuffle(part));
    const cut = (order: readonly number[]): number => Math.floor(order.length / 2);
    const first = orders.flatMap((order) => order.slice(0, cut(order)));
    return cosine(estimate(first), estimate(orders.flatMap((order) => order.slice(cut(order)))));
  });
  return { mean: mean(cosines), low: quantile(cosines, 0.025), high: quantile(cosines, 0.975), cosines };
}

function itemsOfGroups(nItems: number, groups: SplitHalfOptions['groups']): number[][] {
  const all = Array.from({ length: nItems }, (_, i) => i);
  if (groups === undefined) return [all];
  if (groups.length !== nItems)
    throw new Error(`splitHalf: groups has ${groups.length} entries; expected ${nItems}, one an item`);
  const parts = [...new Set(groups)].map((group) => all.filter((i) => groups[i] === group));
  if (parts.some((part) => part.length < 2))
    throw new Error('splitHalf: a group has one item; expected at least 2 in each');
  return parts;
}

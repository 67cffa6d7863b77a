/** Ranks from 1 on, in ascending order; tied values share the mean of theirs.
 *
 * @param values  [n] finite
 * @returns       [n]
 * @source ours
 * @check test/goldens/stats (scipy.stats.rankdata)
 */
export function ranks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranked = new Array<number>(order.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    // Ranks start + 1 … end share their mean.
    for (let i = start; i < end; i++) ranked[order[i]] = (start + 1 + end) / 2;
  }
  return ranked;
}

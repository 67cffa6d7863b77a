/** P(X > threshold) for X of Binomial(n, p), as 1 less the sum of the terms up to the threshold.
 *
 * @param n          integer, at least 1
 * @param p          in [0, 1]
 * @param threshold  any number
 * @returns  in [0, 1]
 * @throws Error if n or p is out of range
 * @check test/goldens/monitor (scipy.stats.binom.sf)
 */
export function binomialAbove({ n, p }: { readonly n: number; readonly p: number }, threshold: number): number {
  if (!(Number.isInteger(n) && n >= 1))
    throw new Error(`binomialAbove: invalid n; expected an integer from 1, got ${n}`);
  if (!(0 <= p && p <= 1)) throw new Error(`binomialAbove: invalid p; expected a number in [0, 1], got ${p}`);
  const most = Math.floor(threshold);
  if (most < 0) return 1;
  if (most >= n) return 0;
  if (p === 0 || p === 1) return p;
  let logTerm = n * Math.log1p(-p);
  let below = Math.exp(logTerm);
  for (let k = 1; k <= most; k++) {
    logTerm += Math.log((n - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    below += Math.exp(logTerm);
  }
  return Math.min(1, Math.max(0, 1 - below));
}

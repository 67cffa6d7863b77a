import { dot } from '../stats/dot';
import { symmetricPower } from '../stats/symmetricPower';
import { checkUnit } from './driftProfile';

/** Directions made orthogonal by the symmetric whitening W = (D Dᵀ)^(−½) D, each as near to its own as can be.
 *
 * Drift read on W is drift read on D, whitened: (D Dᵀ)^(−½) z. What correlated directions share is then no longer counted several times.
 *
 * @param directions  [k dModel] unit norm, linearly independent
 * @returns           [k dModel] orthonormal, float64
 * @throws Error if a direction has not norm 1 or they depend on each other
 * @source arXiv 2606.07631 v2, whitening control
 * @check test/goldens/measure (numpy)
 */
export function whiten(directions: readonly ArrayLike<number>[]): Float64Array[] {
  checkUnit('whiten', directions);
  const gram = directions.map((a) => directions.map((b) => dot(a, b)));
  return symmetricPower(gram, -0.5).map((weights) =>
    Float64Array.from({ length: directions[0].length }, (_, i) =>
      weights.reduce((sum, w, k) => sum + w * directions[k][i], 0),
    ),
  );
}

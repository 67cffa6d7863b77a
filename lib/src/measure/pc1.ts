import type { Rng } from '../random/rng';
import { dot, norm } from '../stats/dot';
import { pca } from '../stats/pca';
import { checkUnit } from './driftProfile';

/** The first principal component of drift profiles. */
export interface Pc1 {
  /** [k] unit norm; the loading of the reference trait is positive. */
  readonly loadings: readonly number[];
  /** Share of the variance it explains, in [0, 1]. */
  readonly share: number;
  /** Shares of all components, largest first. */
  readonly shares: readonly number[];
}

/** PC1 of drift: ordinary centred PCA over runs, its sign set so that the reference trait's loading is positive.
 *
 * @param drifts     [run k] final drift vectors, at least two
 * @param reference  index of the trait whose loading is made positive (harmlessness)
 * @throws Error if reference is no column, or as `pca`
 * @source arXiv 2606.07631, section 4.1, Figure 4
 * @check test/goldens/measure (scikit-learn)
 */
export function pc1(drifts: readonly ArrayLike<number>[], reference: number): Pc1 {
  const { components, explainedVarianceRatio } = pca(drifts);
  const first = components[0];
  if (!(Number.isInteger(reference) && 0 <= reference && reference < first.length)) {
    throw new Error(`pc1: invalid reference; expected an integer in [0, ${first.length - 1}], got ${reference}`);
  }
  const loadings = first.map((v) => (first[reference] < 0 ? -v : v));
  return { loadings, share: explainedVarianceRatio[0], shares: explainedVarianceRatio };
}

/** PC1 score of a drift vector: z · PC1, without subtracting the mean of the PCA.
 *
 * @returns  fraction of the activation norm; alarms use its size
 * @source arXiv 2606.07631, section 4.1
 */
export function pc1Score(z: ArrayLike<number>, { loadings }: Pick<Pc1, 'loadings'>): number {
  return dot(z, loadings);
}

/** What PC1 explains when drift has no direction of its own: random directions in activation space, as long as the
 * observed drifts, projected on the traits. Correlated trait directions alone give a large share.
 *
 * @param magnitudes  [run] lengths of the observed drifts (`DriftProfile.magnitude`)
 * @param directions  [k dModel] unit norm
 * @param opts.nDraws  default 1000
 * @returns  [nDraws] shares of PC1
 * @throws Error on fewer than two runs or directions that are not unit vectors
 * @source arXiv 2606.07631 v2, null control
 * @check test/measure/pc1.test.ts (the known expectation for orthogonal directions)
 */
export function isotropicNull(
  magnitudes: readonly number[],
  directions: readonly ArrayLike<number>[],
  options: NullOptions,
): number[] {
  return pooledIsotropicNull([{ magnitudes, directions }], options);
}

/** Runs of one model: how far each drifted, and the directions on which its drift is read. */
export interface DriftGroup {
  /** [run] */
  readonly magnitudes: readonly number[];
  /** [k dModel] unit norm */
  readonly directions: readonly ArrayLike<number>[];
}

export interface NullOptions {
  rng: Rng;
  /** Default 1000. */
  nDraws?: number;
}

/** The isotropic null for runs of several models pooled: each run's random drift is read on its own model's directions.
 *
 * @returns  [nDraws] shares of PC1 over all runs
 * @throws Error as `isotropicNull`
 * @source arXiv 2606.07631 v2, null control (pooled over four models)
 * @check test/measure/pc1.test.ts
 */
export function pooledIsotropicNull(groups: readonly DriftGroup[], { rng, nDraws = 1000 }: NullOptions): number[] {
  for (const { directions } of groups) checkUnit('isotropicNull', directions);
  const drift = (magnitude: number, directions: readonly ArrayLike<number>[]): number[] => {
    const v = randomDrift(magnitude, directions[0].length, rng);
    return directions.map((direction) => dot(v, direction));
  };
  const draw = (): number[][] =>
    groups.flatMap(({ magnitudes, directions }) => magnitudes.map((magnitude) => drift(magnitude, directions)));
  return sharesOf('isotropicNull', draw, nDraws);
}

/** The isotropic null in activation space itself: the share of PC1 of random drifts as long as the observed ones, read on no directions.
 *
 * @param magnitudes  [run] lengths of the observed drifts
 * @param dModel      width of the residual stream
 * @returns  [nDraws] shares of PC1
 * @throws Error on fewer than two runs
 * @source arXiv 2606.07631 v2, native-dimension control
 * @check test/measure/pc1.test.ts
 */
export function nativeNull(
  magnitudes: readonly number[],
  dModel: number,
  { rng, nDraws = 1000 }: NullOptions,
): number[] {
  const draw = (): Float64Array[] => magnitudes.map((magnitude) => randomDrift(magnitude, dModel, rng));
  return sharesOf('nativeNull', draw, nDraws);
}

/** A vector of a random direction and a given length. */
function randomDrift(magnitude: number, dModel: number, rng: Rng): Float64Array {
  const v = Float64Array.from({ length: dModel }, () => rng.normal());
  const scale = magnitude / norm(v);
  return v.map((x) => x * scale);
}

function sharesOf(where: string, draw: () => readonly ArrayLike<number>[], nDraws: number): number[] {
  if (!(Number.isInteger(nDraws) && nDraws >= 1))
    throw new Error(`${where}: invalid nDraws; expected an integer of at least 1, got ${nDraws}`);
  return Array.from({ length: nDraws }, () => pca(draw()).explainedVarianceRatio[0]);
}

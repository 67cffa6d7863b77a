import { dot } from './dot';
import { pca } from './pca';

/** A path in the plane of its first two principal components. */
export interface PathPca {
  /** [point 2], centred. */
  readonly coordinates: readonly (readonly [number, number])[];
  /** Share of the path's variance along each. */
  readonly shares: readonly [number, number];
}

/** PCA(2) of the points of a path, stacked.
 *
 * @param points  [n d], n at least 3
 * @throws Error on fewer points or columns than two components need, and as `pca`
 * @source arXiv 2506.11613, section 4 (stacked B over steps)
 * @check test/stats/localCosines.test.ts (scikit-learn)
 */
export function pathPca(points: readonly ArrayLike<number>[]): PathPca {
  if (points.length < 3 || points[0].length < 2)
    throw new Error(
      `pathPca: ${points.length} points of ${points[0]?.length ?? 0} values; expected at least 3 of at least 2`,
    );
  const { mean, components, explainedVarianceRatio } = pca(points);
  const along = (point: ArrayLike<number>, i: number): number =>
    dot(
      mean.map((m, j) => point[j] - m),
      components[i],
    );
  return {
    coordinates: points.map((point) => [along(point, 0), along(point, 1)] as const),
    shares: [explainedVarianceRatio[0], explainedVarianceRatio[1]],
  };
}

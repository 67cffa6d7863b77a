import { dot } from '../stats/dot';
import { pca } from '../stats/pca';
import { wholeDrift } from './driftFeatures';
import { perModelFeatures } from './perModelFeatures';

interface Components {
  readonly mean: readonly number[];
  /** [k dModel] */
  readonly components: readonly (readonly number[])[];
}

/** Scores on the first seven principal components of the whole drift, of each model by itself, centred as PCA is; fewer where the calibration
 * runs have fewer.
 *
 * @source arXiv 2606.07631, section 4.2 (PCA-7)
 * @check test/monitor/features.test.ts; PCA itself test/goldens/stats (scikit-learn)
 */
export const pcaFeatures = perModelFeatures<Components>({
  name: 'pca',
  fit: (calibration) => {
    const { mean, components } = pca(calibration.map(wholeDrift));
    return { mean, components: components.slice(0, 7) };
  },
  reader:
    ({ mean, components }) =>
    (row) => {
      const centred = wholeDrift(row).map((v, i) => v - mean[i]);
      return components.map((component) => dot(centred, component));
    },
});

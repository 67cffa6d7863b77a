import { wholeDrift } from './driftFeatures';
import { perModelFeatures } from './perModelFeatures';
import { fitPls, plsFromJson, type PlsJson } from './pls';

/** Scores on seven components of partial least squares between the whole drift and the label, of each model by itself. It alone of the feature
 * sets sees labels.
 *
 * @source arXiv 2606.07631, second version (PLS-7)
 * @check test/monitor/features.test.ts; the components themselves test/goldens/monitor (scikit-learn)
 */
export const plsFeatures = perModelFeatures<PlsJson>({
  name: 'pls',
  fit: (calibration) =>
    fitPls(
      calibration.map(wholeDrift),
      calibration.map(({ label }) => label.rate),
      7,
    ).toJson(),
  reader: (json) => {
    const components = plsFromJson(json);
    return (row) => components.transform([wholeDrift(row)])[0];
  },
});

import { groupRows, rowsOfRole, type CheckpointRow } from './checkpointRows';
import type { MonitorRecipe } from './fitMonitor';
import type { LeftOutPrediction } from './leavePerturbationOut';

/** A monitor for a model without calibration runs of its own: the held-out rows of each model are predicted by one regressor that was fitted on the
 * calibration rows of all others together.
 *
 * @throws Error with fewer than two models, or if the features are fitted for each model by itself
 * @source ours; arXiv 2606.07631 has it for larger models (cross-scale)
 * @check test/monitor/leaveModelsOut.test.ts
 */
export function leaveModelsOut(rows: readonly CheckpointRow[], { features, fit }: MonitorRecipe): LeftOutPrediction[] {
  const heldOut = groupRows(rowsOfRole(rows, 'heldOut'), ({ model }) => model);
  const calibration = rowsOfRole(rows, 'calibration');
  return [...heldOut].flatMap(([name, own]) => {
    const others = calibration.filter(({ model }) => model !== name);
    if (others.length === 0)
      throw new Error(`leaveModelsOut: no calibration runs of another model than ${name}; expected at least one`);
    const fitted = features.fit(others);
    const regressor = fit(
      fitted.transform(others),
      others.map(({ label }) => label.rate),
    );
    const predicted = regressor.predict(fitted.transform(own));
    return own.map((row, i) => ({ row, predicted: predicted[i] }));
  });
}

import type { FitPredictor } from './fitMonitor';
import { fitRegressor, REGRESSOR_NAMES, type FittedRegressor, type RegressorName } from './regressor';

/** The published regressors by name, as a monitor takes them, with seed 42. */
export const REGRESSORS = Object.fromEntries(
  REGRESSOR_NAMES.map((name): [RegressorName, FitPredictor<FittedRegressor>] => [
    name,
    (x, y) => fitRegressor(name, x, y, { seed: 42 }),
  ]),
) as Readonly<Record<RegressorName, FitPredictor<FittedRegressor>>>;

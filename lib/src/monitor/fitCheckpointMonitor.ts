import { referenceTrait } from '../measure/referenceTrait';
import type { CellMethod, Suite } from '../suite/suite';
import { checkpointRows, finalRows, groupRows, rowsOfRole } from './checkpointRows';
import type { BasisJson, CheckpointMonitor } from './checkpointMonitor';
import { featureSet, featuresToJson } from './features';
import { fitMonitor } from './fitMonitor';
import { leaveRunsOut } from './leaveRunsOut';
import type { MonitorSource } from './measuredCheckpoint';
import { pc1Loadings } from './pc1Features';
import { residualsOf } from './predictionInterval';
import type { RegressorName } from './regressor';
import { REGRESSORS } from './regressors';

export interface CheckpointMonitorOptions {
  /** Of the base. */
  readonly modelHash: string;
  /** `promptsHash` of the base. */
  readonly prompts: string;
  /** Whose runs (default rank16). */
  readonly method?: CellMethod;
  /** Default `forest`. */
  readonly regressor?: RegressorName;
  /** A name of `FEATURE_SETS` that is read of weights alone; default `traits`. */
  readonly features?: string;
  /** Default 0.05. */
  readonly tau?: number;
  /** Default 0.9. */
  readonly confidence?: number;
}

/** Features that a run's own log would have to tell. */
const OF_THE_LOG: readonly string[] = ['loss', 'gradient norm'];

/** Fits a monitor of one model on its calibration runs, for a file that scores checkpoints of other runs.
 *
 * Held-out runs of the source are not read. The interval is made of the residuals of calibration runs left out (`predictionInterval`).
 *
 * @throws Error if there are fewer than three calibration runs, or the features are not read of weights
 * @source arXiv 2606.07631, section 4.2
 * @check test/monitor/checkpointMonitor.test.ts
 */
export function fitCheckpointMonitor(
  suite: Pick<Suite, 'name' | 'hash' | 'traits'> & Parameters<typeof checkpointRows>[0],
  source: MonitorSource,
  options: CheckpointMonitorOptions,
): CheckpointMonitor {
  const {
    modelHash,
    prompts,
    method,
    regressor = 'forest',
    features = 'traits',
    tau = 0.05,
    confidence = 0.9,
  } = options;
  if (!(0 < tau && tau < 1))
    throw new Error(`fitCheckpointMonitor: invalid tau; expected a rate between 0 and 1, got ${tau}`);
  if (OF_THE_LOG.includes(features))
    throw new Error(
      `fitCheckpointMonitor: features ${features} are of a run's log; expected features of its weights, as traits`,
    );
  const rows = rowsOfRole(checkpointRows(suite, [source], { method }), 'calibration');
  const runs = groupRows(rows, ({ run }) => run);
  if (runs.size < 3)
    throw new Error(
      `fitCheckpointMonitor: ${runs.size} calibration runs of ${source.model}; expected at least 3 (\`npx traitlab monitor plan\` lists them)`,
    );
  const recipe = { features: featureSet(features), fit: REGRESSORS[regressor] };
  const fitted = fitMonitor(rows, recipe);
  const needed = (Object.keys(source.bases) as (keyof typeof source.bases)[]).filter(
    (name) => name === 'traits' || features.split(' ')[0] === name,
  );
  const basisJson = (name: keyof typeof source.bases): BasisJson => {
    const { names, directions } = source.bases[name];
    return { names, directions: directions.map((d) => Array.from(d)) };
  };
  return {
    format: 'traitlab monitor',
    version: 1,
    model: { name: source.model, hash: modelHash },
    suite: { name: suite.name, hash: suite.hash },
    prompts,
    layer: source.layer,
    tau,
    bases: Object.fromEntries(needed.map((name) => [name, basisJson(name)])),
    pc1: pc1Loadings(rows, referenceTrait(source.bases.traits.names, suite.traits)),
    features: featuresToJson(fitted.features),
    regressor: fitted.regressors.get(source.model)!.toJson(),
    residuals: residualsOf(leaveRunsOut(rows, recipe))[source.model],
    confidence,
    calibration: finalRows(rows).map(({ run, label }) => ({
      run,
      checkpoints: runs.get(run)!.length,
      finalEm: label.rate,
    })),
  };
}

import { pc1Score } from '../measure/pc1';
import { BASIS_NAMES, type Basis, type BasisName } from '../study/basis';
import type { CellRecord } from '../records/cellRecord';
import type { CheckpointMonitor } from './checkpointMonitor';
import { driftAlong } from './driftFeatures';
import { featuresFromJson } from './features';
import { clipRate } from './fitMonitor';
import { predictionInterval } from './predictionInterval';
import { regressorFromJson } from './regressor';

/** What a monitor says of a checkpoint. */
export interface CheckpointScore {
  readonly step: number;
  /** Drift along each trait, fractions of the activation norm. */
  readonly drift: Readonly<Record<string, number>>;
  /** z · PC1, signed. */
  readonly pc1: number;
  /** EM rate in [0, 1] with its interval. */
  readonly predictedEm: number;
  readonly low: number;
  readonly high: number;
  readonly alarm: boolean;
}

/** What is measured of a checkpoint: residuals at the monitor's layer alone (as layer 0), and update norms. */
export type Measured = Pick<CellRecord, 'checkpoints' | 'residuals' | 'updates'>;

/** A monitor's word on each checkpoint of what was measured.
 *
 * The interval is that of `predictionInterval`: for runs like the calibration runs it holds the label about as often as the monitor's
 * confidence says; a run unlike all of them may be further off.
 *
 * @source arXiv 2606.07631, section 3.2 (drift) and 4.1 (PC1)
 * @check test/monitor/checkpointMonitor.test.ts
 */
export function scoreCheckpoints(monitor: CheckpointMonitor, measured: Measured): CheckpointScore[] {
  const bases = Object.fromEntries(
    BASIS_NAMES.map((name): [BasisName, Basis] => {
      const { names, directions } = monitor.bases[name] ?? { names: [], directions: [] };
      return [name, { names, directions: directions.map((d) => Float32Array.from(d)), splitHalf: [] }];
    }),
  ) as Record<BasisName, Basis>;
  const source = { model: monitor.model.name, layer: 0, bases };
  const features = featuresFromJson(monitor.features);
  const regressor = regressorFromJson(monitor.regressor);
  return measured.checkpoints.map(({ step }, checkpoint): CheckpointScore => {
    const place = { source, cell: measured, checkpoint, step };
    const [row] = features.transform([place]);
    const predictedEm = clipRate(regressor.predict([row])[0]);
    const z = driftAlong(place, bases.traits.directions);
    return {
      step,
      drift: Object.fromEntries(bases.traits.names.map((name, k) => [name, z[k]])),
      pc1: pc1Score(z, { loadings: monitor.pc1 }),
      predictedEm,
      ...predictionInterval(monitor.residuals, predictedEm, monitor),
      alarm: predictedEm > monitor.tau,
    };
  });
}

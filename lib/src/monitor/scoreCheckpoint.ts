import { pc1Score } from '../measure/pc1';
import { BASIS_NAMES, type Basis, type BasisName } from '../study/basis';
import type { CellRecord } from '../records/cellRecord';
import type { CheckpointMonitor } from './checkpointMonitor';
import { driftAlong } from './driftFeatures';
import { featuresFromJson } from './features';
import { clipRate } from './fitMonitor';
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
 * The interval is CV+ over calibration runs: with f₋ the regressor without a run and r the misses on that run's checkpoints, it reaches from the
 * α-quantile of f₋(x) − r to the (1 − α)-quantile of f₋(x) + r. For runs like the calibration runs it holds the label at least 1 − 2α of
 * the time, by design nearer to 1 − α; a run unlike all of them may be further off.
 *
 * @source arXiv 2606.07631, section 3.2 (drift) and 4.1 (PC1); Barber, Candès, Ramdas and Tibshirani 2021, Annals of Statistics 49 (CV+)
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
  const folds = monitor.folds.map((fold) => ({ ...fold, regressor: regressorFromJson(fold.regressor) }));
  return measured.checkpoints.map(({ step }, checkpoint): CheckpointScore => {
    const place = { source, cell: measured, checkpoint, step };
    const [row] = features.transform([place]);
    const predictedEm = clipRate(regressor.predict([row])[0]);
    const held = folds.map((fold) => ({ misses: fold.misses, value: clipRate(fold.regressor.predict([row])[0]) }));
    const ends = (sign: 1 | -1): number[] =>
      held.flatMap(({ misses, value }) => misses.map((miss) => value + sign * miss)).sort((a, b) => a - b);
    const [lows, highs] = [ends(-1), ends(1)];
    const alpha = 1 - monitor.confidence;
    const rank = Math.floor(alpha * (lows.length + 1));
    const low = rank < 1 ? 0 : clipRate(lows[rank - 1]);
    const high = rank < 1 ? 1 : clipRate(highs[highs.length - rank]);
    const z = driftAlong(place, bases.traits.directions);
    return {
      step,
      drift: Object.fromEntries(bases.traits.names.map((name, k) => [name, z[k]])),
      pc1: pc1Score(z, { loadings: monitor.pc1 }),
      predictedEm,
      low: Math.min(low, predictedEm),
      high: Math.max(high, predictedEm),
      alarm: predictedEm > monitor.tau,
    };
  });
}

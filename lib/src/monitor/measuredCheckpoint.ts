import type { CellRecord } from '../records/cellRecord';
import type { DriftSource } from '../study/calibrationPc1';

/** The cells of one model, and the layer and bases at which a monitor reads them. */
export interface MonitorSource extends DriftSource {
  /** Its name; each model has a monitor of its own. */
  readonly model: string;
}

/** A checkpoint of which residuals, loss and updates are known: all that a monitor reads. Its label is not part of it. */
export interface MeasuredCheckpoint {
  readonly source: Pick<MonitorSource, 'model' | 'layer' | 'bases'>;
  readonly cell: Pick<CellRecord, 'checkpoints' | 'residuals' | 'updates'>;
  /** Index in the cell. */
  readonly checkpoint: number;
  readonly step: number;
}

import { pc1Score } from '../measure/pc1';
import { BASELINES } from '../records/baselines';
import { cellDrift } from '../records/cellDrift';
import { finalEm } from '../records/cellRates';
import type { CellRecord } from '../records/cellRecord';
import { countedCheckpoints } from '../records/countedCheckpoints';
import { dataSetOf, isPlainCell, type CellMethod, type DataRole, type DataSet } from '../suite/suite';
import { calibrationPc1 } from './calibrationPc1';
import type { ModelRecords, StudyRecords } from './openRecords';
import { mainMethod } from './report';

/** One checkpoint of one finetune; rates and drift are fractions, drift in units of N. */
export interface RecordRow {
  readonly model: string;
  readonly dataSet: string;
  readonly role: DataRole;
  readonly kind: DataSet['kind'];
  readonly method: CellMethod;
  readonly seed: number;
  /** Whether it is one of the grid: the study's number of chats, from the base. */
  readonly isPlain: boolean;
  readonly nChats: number;
  /** How much of another finetune it has at its start (`CellSpec.start`); 0 from the base. */
  readonly theta: number;
  readonly step: number;
  /** Whether it is the last of its run. */
  readonly isLast: boolean;
  /** EM label and the answers that it is of; null without any that counts. */
  readonly em: number | null;
  readonly n: number;
  /** The second label, of more answers to the same questions; null where none was taken. */
  readonly second: number | null;
  readonly secondN: number;
  /** Misaligned out of the answers to the general questions after the run's last step; null without any. */
  readonly finalEm: number | null;
  readonly finalN: number;
  /** Drift along each trait, by its name. */
  readonly z: Readonly<Record<string, number>>;
  /** z · PC1, signed, PC1 of the calibration runs of all models opened; null where there is none. */
  readonly pc1: number | null;
  /** The whole drift, along the traits or not. */
  readonly magnitude: number;
  /** Training loss of the step, nats per counted token. */
  readonly loss: number;
  readonly gradNorm: number;
  readonly updateNorm: number;
}

/** Records as rows, one a checkpoint that counts (`countedCheckpoints`, as for a monitor's rows), in the order of models, finetunes and steps.
 *
 * @throws Error naming a data set that the suite has not
 * @check test/study/openRecords.test.ts
 */
export function recordRows({ suite, models }: StudyRecords): RecordRow[] {
  const axis = calibrationPc1(suite, models, { method: mainMethod(suite) })?.pc1;
  const rowsOf = ({ model, layer, bases }: ModelRecords, cell: CellRecord): RecordRow[] => {
    const { role, kind } = dataSetOf(suite, cell.spec.dataSet);
    const final = finalEm(cell);
    return countedCheckpoints(cell, suite.protocol).map(({ checkpoint, step, isLast, label, second }): RecordRow => {
      const { loss, gradNorm } = cell.checkpoints[checkpoint];
      const { z, magnitude } = cellDrift(cell, bases.traits.directions, { layer, checkpoint });
      return {
        model,
        dataSet: cell.spec.dataSet,
        role,
        kind,
        method: cell.spec.method,
        seed: cell.spec.seed,
        isPlain: isPlainCell(cell.spec),
        nChats: cell.spec.nChats ?? suite.study.nChats,
        theta: cell.spec.start?.theta ?? 0,
        step,
        isLast,
        em: label?.rate ?? null,
        n: label?.n ?? 0,
        second: second?.rate ?? null,
        secondN: second?.n ?? 0,
        finalEm: final?.rate ?? null,
        finalN: final?.n ?? 0,
        z: Object.fromEntries(bases.traits.names.map((trait, k) => [trait, z[k]])),
        pc1: axis === undefined ? null : pc1Score(z, axis),
        magnitude,
        loss,
        gradNorm,
        updateNorm: BASELINES['update norm'](cell, { checkpoint, layer }),
      };
    });
  };
  return models.flatMap((records) => records.cells.flatMap((cell) => rowsOf(records, cell)));
}

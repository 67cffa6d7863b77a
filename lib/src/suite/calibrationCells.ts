import { isPlainCell, type CellSpec, type Suite } from './suite';

/** The finetunes of a suite that monitors are calibrated on: those of its calibration sets, by the first of its methods, of the study's number of
 * chats and from the base. */
export function calibrationCells({ dataSets, study }: Pick<Suite, 'dataSets' | 'study'>): CellSpec[] {
  const isCalibration = ({ dataSet }: CellSpec): boolean =>
    dataSets.some(({ name, role }) => name === dataSet && role === 'calibration');
  const plain = study.cells.filter((spec) => isPlainCell(spec) && isCalibration(spec));
  return plain.filter(({ method }) => method === plain[0].method);
}

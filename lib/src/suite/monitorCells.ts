import { isPlainCell, type CellSpec, type DataRole, type Suite } from './suite';

/** The finetunes of a suite that monitors are calibrated on and tried on: those of its calibration and held-out sets, by the first of its
 * methods, of the study's number of chats and from the base.
 *
 * @param roles  default both
 */
export function monitorCells(
  { dataSets, study }: Pick<Suite, 'dataSets' | 'study'>,
  roles: readonly DataRole[] = ['calibration', 'heldOut'],
): CellSpec[] {
  const names = dataSets.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
  const plain = study.cells.filter((spec) => isPlainCell(spec) && names.includes(spec.dataSet));
  return plain.filter(({ method }) => method === plain[0].method);
}

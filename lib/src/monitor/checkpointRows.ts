import { cellName, type CellRecord } from '../records/cellRecord';
import { emLabel } from '../records/cellRates';
import type { Proportion } from '../stats/proportion';
import { isPlainCell, type CellMethod, type CellSpec, type DataRole, type Suite } from '../suite/suite';
import type { MeasuredCheckpoint, MonitorSource } from './measuredCheckpoint';

/** A checkpoint with its label, as a monitor is fitted on and tried on. */
export interface CheckpointRow extends MeasuredCheckpoint {
  readonly model: string;
  /** Names the run among those of all models, "llama/bad_medical-rank16-s1". */
  readonly run: string;
  readonly dataSet: string;
  readonly role: DataRole;
  readonly seed: number;
  readonly method: CellMethod;
  /** EM of its answers to the EM questions. */
  readonly label: Proportion;
  /** EM of more answers to the same questions, where they were asked for. */
  readonly second?: Proportion;
}

export interface CheckpointRowsOptions {
  /** Whose runs (default rank16). */
  method?: CellMethod;
  /** Which cells; default those of the standard length and start. */
  isWanted?: (spec: CellSpec) => boolean;
}

/** One row for each checkpoint of the runs of one method: source by source, cell by cell, step by step.
 *
 * A step counts once: a last checkpoint that is there again under another name does not count twice, and one between two steps not at all.
 *
 * @throws Error naming all data sets that the suite has not, cells that are there twice, and checkpoints none of whose answers count
 * @source arXiv 2606.07631: 4 models × 4 calibration sets × 3 seeds × 13 checkpoints = 624, and 4 × 3 × 3 × 13 = 468 held out
 * @check test/monitor/checkpointRows.test.ts
 */
export function checkpointRows(
  { dataSets, protocol }: { readonly dataSets: readonly Pick<Suite['dataSets'][number], 'name' | 'role'>[]; readonly protocol: Pick<Suite['protocol'], 'denominator'> }, // prettier-ignore
  sources: readonly MonitorSource[],
  { method = 'rank16', isWanted = isPlainCell }: CheckpointRowsOptions = {},
): CheckpointRow[] {
  const roles = new Map(dataSets.map(({ name, role }) => [name, role]));
  const problems: string[] = [];
  const seen = new Set<string>();
  const rowsOf = (source: MonitorSource, cell: CellRecord): CheckpointRow[] => {
    const { dataSet, seed } = cell.spec;
    const run = `${source.model}/${cellName(cell.spec)}`;
    const role = roles.get(dataSet);
    if (role === undefined) problems.push(`${run}: data set ${dataSet}, expected one of the suite`);
    if (seen.has(run)) problems.push(`${run}: twice, expected each run once`);
    seen.add(run);
    return integerSteps(cell).flatMap((checkpoint): CheckpointRow[] => {
      const { step, em, second } = cell.checkpoints[checkpoint];
      const label = emLabel({ em }, protocol.denominator);
      if (label === undefined) problems.push(`${run} step ${step}: no label, expected an answer that counts`);
      if (label === undefined || role === undefined) return [];
      const more = second === undefined ? undefined : emLabel({ em: second }, protocol.denominator);
      const about = { model: source.model, run, dataSet, role, seed, method, step, label };
      return [{ ...about, ...(more && { second: more }), source, cell, checkpoint }];
    });
  };
  const rows = sources.flatMap((source) =>
    source.cells.filter(({ spec }) => spec.method === method && isWanted(spec)).flatMap((cell) => rowsOf(source, cell)),
  );
  if (problems.length > 0) throw new Error(`checkpointRows: ${problems.join('; ')}`);
  return rows;
}

/** The checkpoints whose steps are integers, each step once, the first of it. */
function integerSteps({ checkpoints }: Pick<CellRecord, 'checkpoints'>): number[] {
  const seen = new Set<number>();
  return checkpoints.flatMap(({ step }, i) => {
    if (!Number.isInteger(step) || seen.has(step)) return [];
    seen.add(step);
    return [i];
  });
}

/** The rows of one role. */
export function rowsOfRole(rows: readonly CheckpointRow[], role: DataRole): CheckpointRow[] {
  return rows.filter((row) => row.role === role);
}

/** The last checkpoint of each run, in the order of the rows. */
export function finalRows(rows: readonly CheckpointRow[]): CheckpointRow[] {
  const last = new Map<string, CheckpointRow>();
  for (const row of rows) if (row.step >= (last.get(row.run)?.step ?? -Infinity)) last.set(row.run, row);
  return [...last.values()];
}

/** Rows by what a function names, in the order of their first. */
export function groupRows<T>(rows: readonly T[], nameOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

/** Throws unless every row is of a calibration run: what is fitted never sees another.
 *
 * @throws Error naming the runs that are not, and on no rows
 */
export function checkCalibration(where: string, rows: readonly Pick<CheckpointRow, 'role' | 'run'>[]): void {
  if (rows.length === 0) throw new Error(`${where}: no rows; expected those of calibration runs`);
  const other = new Set(rows.filter(({ role }) => role !== 'calibration').map(({ role, run }) => `${run} (${role})`));
  if (other.size > 0)
    throw new Error(`${where}: fitted on ${[...other].join(', ')}; expected rows of calibration runs alone`);
}

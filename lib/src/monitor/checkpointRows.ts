import { cellName, type CellRecord } from '../records/cellRecord';
import { countedCheckpoints } from '../records/countedCheckpoints';
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
  /** Gets a line that names the checkpoints left out, if there are any; default standard error. */
  onNote?: (note: string) => void;
}

/** One row for each checkpoint of the runs of one method: source by source, cell by cell, step by step.
 *
 * Which checkpoints count and what their labels are is `countedCheckpoints`, as in `recordRows`. Those two are not one: a row here holds what a
 * monitor reads and always a label, and is of one method; a row there is a line of a data frame, of any cell, with null where nothing is.
 * A checkpoint none of whose answers count has no label: it is left out, and named to `onNote`.
 *
 * @throws Error naming all data sets that the suite has not, and cells that are there twice
 * @source arXiv 2606.07631: 4 models × 4 calibration sets × 3 seeds × 13 checkpoints = 624, and 4 × 3 × 3 × 13 = 468 held out
 * @check test/monitor/checkpointRows.test.ts
 */
export function checkpointRows(
  { dataSets, protocol }: { readonly dataSets: readonly Pick<Suite['dataSets'][number], 'name' | 'role'>[]; readonly protocol: Pick<Suite['protocol'], 'denominator'> }, // prettier-ignore
  sources: readonly MonitorSource[],
  { method = 'rank16', isWanted = isPlainCell, onNote = noteOnStandardError }: CheckpointRowsOptions = {},
): CheckpointRow[] {
  const roles = new Map(dataSets.map(({ name, role }) => [name, role]));
  const problems: string[] = [];
  const leftOut: string[] = [];
  const seen = new Set<string>();
  const rowsOf = (source: MonitorSource, cell: CellRecord): CheckpointRow[] => {
    const { dataSet, seed } = cell.spec;
    const run = `${source.model}/${cellName(cell.spec)}`;
    const role = roles.get(dataSet);
    if (role === undefined) problems.push(`${run}: data set ${dataSet}, expected one of the suite`);
    if (seen.has(run)) problems.push(`${run}: twice, expected each run once`);
    seen.add(run);
    const counted = countedCheckpoints(cell, protocol);
    const without = counted.filter(({ label }) => label === undefined);
    if (without.length > 0) leftOut.push(`${run} step ${without.map(({ step }) => step).join(', ')}`);
    return counted.flatMap(({ checkpoint, step, label, second }): CheckpointRow[] => {
      if (label === undefined || role === undefined) return [];
      const about = { model: source.model, run, dataSet, role, seed, method, step, label };
      return [{ ...about, ...(second && { second }), source, cell, checkpoint }];
    });
  };
  const rows = sources.flatMap((source) =>
    source.cells.filter(({ spec }) => spec.method === method && isWanted(spec)).flatMap((cell) => rowsOf(source, cell)),
  );
  if (problems.length > 0) throw new Error(`checkpointRows: ${problems.join('; ')}`);
  if (leftOut.length > 0) onNote(`left out, none of their answers count: ${leftOut.join('; ')}`);
  return rows;
}

function noteOnStandardError(note: string): void {
  console.error(`checkpointRows: ${note}`);
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

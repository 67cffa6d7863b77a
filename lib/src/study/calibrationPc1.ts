import type { DriftProfile } from '../measure/driftProfile';
import { pc1, type Pc1 } from '../measure/pc1';
import { referenceTrait } from '../measure/referenceTrait';
import { cellDrift } from '../records/cellDrift';
import type { CellRecord } from '../records/cellRecord';
import { isPlainCell, type CellSpec, type DataSet, type Suite } from '../suite/suite';
import type { Basis, BasisName } from './basis';

/** The cells of one model with the bases of the layer at which its drift is read. */
export interface DriftSource {
  readonly cells: readonly CellRecord[];
  readonly layer: number;
  /** At that layer. */
  readonly bases: Readonly<Record<BasisName, Basis>>;
}

/** A calibration run with its final drift. */
export interface CalibrationRun {
  /** Which of the sources it is of. */
  readonly source: number;
  readonly spec: CellSpec;
  readonly drift: DriftProfile;
}

/** PC1 with the runs that it is of. */
export interface CalibrationPc1 {
  readonly pc1: Pc1;
  /** Names of the loadings, in their order. */
  readonly names: readonly string[];
  /** Index of the loading that is made positive. */
  readonly reference: number;
  readonly runs: readonly CalibrationRun[];
}

export interface CalibrationPc1Options {
  /** Whose runs PC1 is of (default rank16). */
  method?: CellSpec['method'];
  /** On which drift is read (default the traits). */
  basis?: BasisName;
}

/** PC1 of the final drifts of the calibration runs of one method, of one model or of several pooled.
 *
 * The loading of `referenceTrait` is positive: harmlessness, or what stands in its place.
 *
 * @returns  undefined where the basis is empty, or the runs are of fewer than two data sets, which have no PC1 but that of their seeds
 * @source arXiv 2606.07631, section 4.1
 * @check test/study/driftReport.test.ts
 */
export function calibrationPc1(
  {
    dataSets,
    traits,
  }: { readonly dataSets: readonly Pick<DataSet, 'name' | 'role'>[]; readonly traits: Suite['traits'] },
  sources: readonly DriftSource[],
  { method = 'rank16', basis = 'traits' }: CalibrationPc1Options = {},
): CalibrationPc1 | undefined {
  const names = sources.at(0)?.bases[basis].names ?? [];
  const roles = new Map(dataSets.map(({ name, role }) => [name, role]));
  const runs = sources.flatMap(({ cells, layer, bases }, source) =>
    cells
      .filter(({ spec }) => spec.method === method && isPlainCell(spec) && roles.get(spec.dataSet) === 'calibration')
      .map((cell): CalibrationRun => {
        const drift = cellDrift(cell, bases[basis].directions, { layer });
        return { source, spec: cell.spec, drift };
      }),
  );
  if (names.length === 0 || new Set(runs.map(({ spec }) => spec.dataSet)).size < 2) return undefined;
  const reference = referenceTrait(names, traits);
  const drifts = runs.map(({ drift }) => drift.z);
  return { pc1: pc1(drifts, reference), names, reference, runs };
}

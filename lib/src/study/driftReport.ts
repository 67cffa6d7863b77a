import { pc1, pc1Score, pooledIsotropicNull, type Pc1 } from '../measure/pc1';
import { rng } from '../random/rng';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { spearman } from '../stats/spearman';
import { CALIBRATION } from './cellGrid';
import { misalignedRate } from './cellRates';
import { BASIS_NAMES, type Basis, type BasisName } from './directionBases';
import type { CellRecord, CellSpec, LayerDrift } from './finetuneCell';

/** The cells of one organism with the bases of the layer at which its drift is read. */
export interface DriftSource {
  readonly cells: readonly CellRecord[];
  readonly layer: number;
  /** At that layer. */
  readonly bases: Readonly<Record<BasisName, Basis>>;
}

/** A run as a point of the plane of drift and danger. */
export interface DriftRun {
  /** Which of the sources it is of. */
  readonly source: number;
  readonly spec: CellSpec;
  /** |z · PC1|, fraction of the activation norm. */
  readonly score: number;
  /** Misaligned out of the 400 final answers. */
  readonly em: number;
}

/** What drift along one basis says. */
export interface BasisDrift {
  readonly basis: BasisName;
  /** PC1 of the final drifts of the calibration runs. */
  readonly pc1: Pc1;
  /** Share of PC1 when drift of the same size has no direction of its own. */
  readonly nullShare: { readonly mean: number; readonly p95: number };
  /** Rank correlation of |PC1 score| with EM over the rank-16 runs but those on one trait alone; with several organisms the mean of theirs. */
  readonly rho: number;
  readonly runs: readonly DriftRun[];
}

/** Two runs of one organism that drift equally far along PC1, one of them dangerous. */
export interface EqualDriftPair {
  readonly dangerous: DriftRun;
  readonly harmless: DriftRun;
}

/** Drift and danger of the finetunes of one organism, or of several pooled, on the traits and on the control bases.
 *
 * All of them are points of the plane; PC1 is of the rank-16 calibration runs, and the correlation is over the rank-16 runs but those on one
 * trait alone.
 *
 * @source arXiv 2606.07631, sections 4.1 and 4.2; the isotropic null from its second version
 */
export function driftReport(sources: readonly DriftSource[]): BasisDrift[] {
  const runs = sources.flatMap(({ cells, layer }, source) =>
    cells.map((cell) => ({ source, cell, drift: cell.points[cell.points.length - 1].drift[layer] })),
  );
  const isCalibration = ({ cell }: { cell: CellRecord }): boolean =>
    cell.spec.method === 'rank16' && (CALIBRATION as readonly string[]).includes(cell.spec.perturbation);
  const calibration = runs.filter(isCalibration);
  return BASIS_NAMES.map((basis) => {
    const reference = Math.max(0, sources[0].bases[basis].names.indexOf('harmlessness'));
    const axis = pc1(
      calibration.map(({ drift }) => drift[basis]),
      reference,
    );
    const groups = sources.map(({ bases }, source) => ({
      magnitudes: calibration.filter((run) => run.source === source).map(({ drift }) => drift.magnitude),
      directions: bases[basis].directions,
    }));
    const shares = pooledIsotropicNull(groups, { rng: rng(42).split(basis) });
    const points = runs.map(({ source, cell, drift }) => scored(source, cell, drift[basis], axis));
    const rhos = sources.map((_, source) => {
      const own = points.filter(
        ({ source: of, spec }) => of === source && spec.method === 'rank16' && !isOneTrait(spec),
      );
      return spearman(
        own.map(({ score }) => score),
        own.map(({ em }) => em),
      );
    });
    const nullShare = { mean: mean(shares), p95: quantile(shares, 0.95) };
    return { basis, pc1: axis, nullShare, rho: mean(rhos), runs: points };
  });
}

function isOneTrait({ perturbation }: CellSpec): boolean {
  return /_(positive|negative)$/.test(perturbation);
}

function scored(source: number, { spec, final }: CellRecord, z: LayerDrift[BasisName], axis: Pc1): DriftRun {
  return { source, spec, score: Math.abs(pc1Score(z, axis)), em: misalignedRate(final).rate };
}

/** Pairs of runs of one organism with |PC1| within 10 % of each other and EM at least four times apart, the widest first.
 *
 * @param least  EM below which a run is not dangerous, default 5 %
 * @source arXiv 2606.07631, Figure 5
 */
export function equalDriftPairs(runs: readonly DriftRun[], least = 0.05): EqualDriftPair[] {
  const pairs = runs.flatMap((dangerous) =>
    runs
      .filter(({ source }) => source === dangerous.source)
      .filter(({ score }) => Math.abs(score - dangerous.score) <= 0.1 * Math.max(score, dangerous.score))
      .filter(({ em }) => dangerous.em >= least && dangerous.em >= 4 * em)
      .map((harmless) => ({ dangerous, harmless })),
  );
  return pairs.sort((a, b) => b.dangerous.em - b.harmless.em - (a.dangerous.em - a.harmless.em));
}

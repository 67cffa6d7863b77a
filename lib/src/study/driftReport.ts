import { pc1Score, pooledIsotropicNull, type Pc1 } from '../measure/pc1';
import { BASELINES } from '../records/baselines';
import { cellDrift } from '../records/cellDrift';
import { finalEm } from '../records/cellRates';
import { isPlainCell, type CellSpec, type Suite } from '../suite/suite';
import { rng } from '../random/rng';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { spearman } from '../stats/spearman';
import { PROFILE_BASES, type BasisName } from './basis';
import { calibrationPc1, type DriftSource } from './calibrationPc1';

/** A run as a point of the plane of drift and danger. */
export interface DriftRun {
  /** Which of the sources it is of. */
  readonly source: number;
  readonly spec: CellSpec;
  /** |z · PC1|, fraction of the activation norm. */
  readonly score: number;
  /** Misaligned out of the final answers that were scored; NaN without any. */
  readonly em: number;
}

/** What drift along one basis says. */
export interface BasisDrift {
  readonly basis: BasisName;
  /** PC1 of the final drifts of the calibration runs. */
  readonly pc1: Pc1;
  /** Share of PC1 when drift of the same size has no direction of its own. */
  readonly nullShare: { readonly mean: number; readonly p95: number };
  /** Rank correlation of |PC1 score| with EM over the runs of one method; with several models the mean of theirs. Undefined with fewer than
   * three runs, or where all have the same EM. */
  readonly rho?: number;
  readonly runs: readonly DriftRun[];
}

/** Two runs of one model that drift equally far along PC1, one of them dangerous. */
export interface EqualDriftPair {
  readonly dangerous: DriftRun;
  readonly harmless: DriftRun;
}

/** Drift and danger of the finetunes of one model, or of several pooled, on the traits and on the control bases.
 *
 * All of them are points of the plane; PC1 is of the calibration runs of one method, and the correlation is over the runs of that method but
 * those on one trait alone.
 *
 * @returns  a basis that is empty is left out; all are where the calibration runs are of fewer than two data sets, which have no PC1 but
 *   that of their seeds
 * @source arXiv 2606.07631, sections 4.1 and 4.2; the isotropic null from its second version
 */
export function driftReport(
  { dataSets, traits }: Pick<Suite, 'dataSets' | 'traits'>,
  sources: readonly DriftSource[],
  { method = 'rank16', bases: names = PROFILE_BASES }: DriftReportOptions & { bases?: readonly BasisName[] } = {},
): BasisDrift[] {
  return names.flatMap((basis): BasisDrift[] => {
    const found = calibrationPc1({ dataSets, traits }, sources, { method, basis });
    if (found === undefined) return [];
    const { pc1: axis, runs: calibration } = found;
    const groups = sources.map(({ bases }, source) => ({
      magnitudes: calibration.filter((run) => run.source === source).map(({ drift }) => drift.magnitude),
      directions: bases[basis].directions,
    }));
    const shares = pooledIsotropicNull(groups, { rng: rng(42).split(basis) });
    const points = sources.flatMap(({ cells, layer, bases }, source) =>
      cells.map((cell): DriftRun => {
        const { z } = cellDrift(cell, bases[basis].directions, { layer });
        return { source, spec: cell.spec, score: Math.abs(pc1Score(z, axis)), em: finalEm(cell)?.rate ?? NaN };
      }),
    );
    const counted = points.filter(
      ({ spec }) => spec.method === method && isPlainCell(spec) && !isOneTrait(spec, traits),
    );
    const nullShare = { mean: mean(shares), p95: quantile(shares, 0.95) };
    return [{ basis, pc1: axis, nullShare, rho: meanCorrelation(counted, sources.length), runs: points }];
  });
}

/** Rank correlation with EM of each baseline at the last checkpoint, over the same runs as that of |PC1|. */
export function baselineCorrelations(
  { traits }: Pick<Suite, 'traits'>,
  sources: readonly Pick<DriftSource, 'cells' | 'layer'>[],
  { method = 'rank16' }: DriftReportOptions = {},
): { readonly name: string; readonly rho?: number }[] {
  const counted = sources.flatMap(({ cells, layer }, source) =>
    cells
      .filter(({ spec }) => spec.method === method && isPlainCell(spec) && !isOneTrait(spec, traits))
      .map((cell) => ({ source, cell, layer, em: finalEm(cell)?.rate ?? NaN })),
  );
  return Object.entries(BASELINES).map(([name, baseline]) => {
    const scored = counted.map(({ source, cell, layer, em }) => {
      const score = baseline(cell, { checkpoint: cell.checkpoints.length - 1, layer });
      return { source, score, em };
    });
    return { name, rho: meanCorrelation(scored, sources.length) };
  });
}

type Scored = Pick<DriftRun, 'source' | 'score' | 'em'>;

/** The mean over sources of their rank correlations. */
function meanCorrelation(runs: readonly Scored[], nSources: number): number | undefined {
  const rhos = Array.from({ length: nSources }, (_, source) =>
    rankCorrelation(runs.filter((run) => run.source === source)),
  ).filter((rho) => rho !== undefined);
  return rhos.length === 0 ? undefined : mean(rhos);
}

function rankCorrelation(runs: readonly Scored[]): number | undefined {
  const told = runs.filter(({ em }) => !Number.isNaN(em));
  const [scores, ems] = [told.map(({ score }) => score), told.map(({ em }) => em)];
  const isVaried = (values: readonly number[]): boolean => new Set(values).size > 1;
  return told.length < 3 || !isVaried(scores) || !isVaried(ems) ? undefined : spearman(scores, ems);
}

export interface DriftReportOptions {
  /** Whose runs PC1 and the correlation are of (default rank16). */
  method?: CellSpec['method'];
}

/** Whether a data set is on one trait alone, `honesty_negative`. */
function isOneTrait({ dataSet }: CellSpec, traits: Suite['traits']): boolean {
  return traits.some(({ trait }) => dataSet === `${trait}_positive` || dataSet === `${trait}_negative`);
}

/** Pairs of runs of one model with |PC1| within 10 % of each other and EM at least four times apart, the widest first.
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

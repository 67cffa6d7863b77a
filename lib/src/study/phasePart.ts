import { adapterPath } from '../records/adapterPath';
import { countCodes, type LabelCounts } from '../records/labelCode';
import { compScores } from '../stats/compScores';
import { norm } from '../stats/dot';
import { localCosines, type LocalCosine } from '../stats/localCosines';
import { pathPca, type PathPca } from '../stats/pathPca';
import { significant } from '../stats/significant';
import type { ConvergentPart } from './convergentPart';
import { openOrganism } from './organism';
import { askOf, pointsFile, type PartContext } from './partContext';
import { scaledOutcomes } from './scaledOutcomes';

/** How B went, of one module or of all stacked. */
export interface PathRecord {
  /** Undefined: all modules stacked. */
  readonly layer?: number;
  /** Of scale · B at each checkpoint, the start (B = 0) in front. */
  readonly norms: readonly number[];
  /** By window in steps. */
  readonly local: readonly { readonly window: number; readonly cosines: readonly LocalCosine[] }[];
  readonly pca?: PathPca;
}

/** How an adapter of rank 1, or nine, went through its training; losses and gradient norms are those of its `OrganismRecord`. */
export interface PhaseRecord {
  /** Of the checkpoints, with 0. */
  readonly steps: readonly number[];
  /** All modules stacked first, where there are several. */
  readonly paths: readonly PathRecord[];
  /** Alikeness of the stack of Bs with the last one, at each checkpoint but the last: as published (blind to turns that all take), and summed over
   * coordinates. */
  readonly comp?: { readonly published: readonly number[]; readonly coordinates: readonly number[] };
  /** What became of the answers with the whole adapter scaled, at some checkpoints. */
  readonly scaled: readonly { readonly step: number; readonly scale: number; readonly answers: LabelCounts }[];
}

/** Windows of the local cosine in steps.
 *
 * @source arXiv 2506.11613, section 4
 */
const WINDOWS = [5, 10, 15];

/** Follows an adapter of rank 1 along the checkpoints of its run. */
export async function phasePart(context: PartContext, part: ConvergentPart): Promise<PhaseRecord> {
  const { base, grid, onStage } = context;
  const organism = await openOrganism(context, part.spec);
  const { run } = organism;
  organism.dispose();
  const { steps, modules } = await adapterPath(run, base.config, { withStart: true });
  const stacked = steps.map((_, i) => Float64Array.from(modules.flatMap(({ points, scale }) => [...points[i]].map((x) => x * scale)))); // prettier-ignore
  const paths = [
    ...(modules.length > 1 ? [pathOf(steps, stacked)] : []),
    ...modules.map(({ layer, points, scale }) => pathOf(steps, points.map((p) => p.map((x) => x * scale)), layer)), // prettier-ignore
  ];
  // B is zero at the start, so that it has no direction there.
  const stacks = steps.slice(1).map((_, i) => modules.map(({ points }) => points[i + 1]));
  const comp = modules.length < 2 || stacks.length < 2 ? undefined : {
    published: compScores(stacks, { deMean: 'adapters' }).map((x) => significant(x, 5)),
    coordinates: compScores(stacks, { deMean: 'nothing', sumOver: 'coordinates' }).map((x) => significant(x, 5)),
  }; // prettier-ignore
  const trained = steps.slice(1);
  const every = trained.length / Math.min(grid.nScaled, trained.length);
  const asked = [...new Set(Array.from({ length: Math.min(grid.nScaled, trained.length) }, (_, i) => trained[Math.ceil((i + 1) * every) - 1]))]; // prettier-ignore
  const scaled = await scaledOutcomes(base, run, {
    ask: askOf(context, part.spec.seed),
    scales: grid.scales,
    steps: asked,
    file: pointsFile(context, part),
    onOutcome: ({ name }, { done, total }) => onStage(`${name}, ${done} of ${total}`),
  });
  return {
    steps,
    paths,
    ...(comp && { comp }),
    scaled: scaled.map(({ step, scale, labels }) => ({ step, scale, answers: countCodes(labels) })),
  };
}

function pathOf(steps: readonly number[], points: readonly Float64Array[], layer?: number): PathRecord {
  const path = steps.map((step, i) => ({ step, values: points[i] }));
  const known = new Set(steps);
  const windows = WINDOWS.filter((window) => steps.some((t) => known.has(t - window) && known.has(t + window)));
  const pca = points.length < 4 ? undefined : pathPca(points.slice(1));
  return {
    ...(layer !== undefined && { layer }),
    norms: points.map((p) => significant(norm(p), 5)),
    local: windows.map((window) => ({
      window,
      cosines: localCosines(path, { window }).map(({ step, cosine, stepNorm }) => ({ step, cosine: significant(cosine, 5), stepNorm: significant(stepNorm, 5) })), // prettier-ignore
    })),
    ...(pca && {
      pca: {
        coordinates: pca.coordinates.map(([x, y]) => [significant(x, 5), significant(y, 5)] as const),
        shares: [significant(pca.shares[0], 5), significant(pca.shares[1], 5)] as const,
      },
    }),
  };
}

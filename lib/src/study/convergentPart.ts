import { cellName } from '../records/cellRecord';
import { convergentGrid } from '../suite/convergentGrid';
import { isRankOne, type CellSpec, type ConvergentGrid, type Suite } from '../suite/suite';

/** What is done with the finetunes of a `ConvergentGrid`.
 *
 * `organism`: a finetune and its answers; `directions`: what tells its misaligned answers from its aligned ones, and others; `steering`: a direction added to
 * the base; `ablation`: a direction taken out of the finetune; `transfer`: directions of others taken out of it; `projection`: its own taken out of B,
 * and what both do in later blocks; `scalars`: probes of A·x; `subsets`: parts of the adapter scaled; `patching`: scalars of one prompt in others; `phase`:
 * its path through the training.
 */
export type ConvergentKind =
  | 'organism'
  | 'directions'
  | 'steering'
  | 'ablation'
  | 'transfer'
  | 'projection'
  | 'scalars'
  | 'subsets'
  | 'patching'
  | 'phase';

/** Directions of a finetune. `meanDifference`: misaligned minus aligned answers, every token counting the same, both sides of one size, headers out;
 * `byAnswer`, `withHeader`, `ofAll`: with every answer counting the same, with headers, with all answers; `withoutProgress`: less what it shares with the way
 * along aligned answers; `drift`: what training did to the last prompt token; `persona`: misaligned minus aligned system prompts, in the base's answers.
 */
export const DIRECTION_KINDS = [
  'meanDifference',
  'drift',
  'persona',
  'byAnswer',
  'withHeader',
  'ofAll',
  'withoutProgress',
] as const;

export type DirectionKind = (typeof DIRECTION_KINDS)[number];

/** One part of the work on a grid. */
export interface ConvergentPart {
  readonly what: ConvergentKind;
  /** The finetune that it is done with. */
  readonly spec: CellSpec;
  /** Of steering and ablation. */
  readonly direction?: DirectionKind;
  /** The finetune that the direction is of, if another: a control. */
  readonly from?: CellSpec;
}

/** Steered with. */
const STEERED: readonly DirectionKind[] = ['meanDifference', 'persona', 'drift'];
/** Taken out. */
const ABLATED: readonly DirectionKind[] = ['meanDifference', 'drift', 'persona', 'withoutProgress'];

/** All parts of the work on a suite's grid, those first that others need, seed by seed.
 *
 * @throws Error as `convergentGrid`
 * @check test/study/convergentPart.test.ts
 */
export function convergentParts(suite: Pick<Suite, 'name' | 'dataSets' | 'protocol' | 'study'>): ConvergentPart[] {
  const grid = convergentGrid(suite);
  const parts = grid.seeds.flatMap((seed) => partsOfSeed(grid, seed));
  return parts.sort((a, b) => phaseOf(a) - phaseOf(b));
}

function partsOfSeed(grid: ConvergentGrid, seed: number): ConvergentPart[] {
  const { dataSets, controls, methods, sources, topic } = grid;
  const targets = targetsOf(grid, seed);
  const followed = sources.map((method): CellSpec => ({ dataSet: dataSets[0], method, seed }));
  const benign = controls.map((dataSet): CellSpec => ({ dataSet, method: sources[0], seed }));
  const rankOne = methods.filter(isRankOne).map((method): CellSpec => ({ dataSet: dataSets[0], method, seed }));
  const nine = topic === undefined ? [] : rankOne.filter(({ method }) => method === 'nineRank1');
  const of = (what: ConvergentKind, specs: readonly CellSpec[]): ConvergentPart[] => specs.map((spec) => ({ what, spec })); // prettier-ignore
  return [
    ...of('organism', [...targets, ...benign]),
    ...of('directions', [...targets, ...benign]),
    ...followed.flatMap((spec) => STEERED.map((direction): ConvergentPart => ({ what: 'steering', spec, direction }))),
    ...followed.flatMap((spec) => ABLATED.map((direction): ConvergentPart => ({ what: 'ablation', spec, direction }))),
    ...benign.map((from): ConvergentPart => ({ what: 'ablation', spec: followed[0], direction: 'drift', from })),
    ...of('scalars', nine),
    ...of('phase', rankOne),
    ...of('projection', rankOne),
    ...of(
      'patching',
      rankOne.filter(({ method }) => method === 'nineRank1'),
    ),
    ...of('subsets', nine),
    ...of('transfer', targets),
  ];
}

/** The finetunes of one seed that are expected to be misaligned: directions are taken from one to another. */
export function targetsOf(
  { dataSets, methods }: Pick<ConvergentGrid, 'dataSets' | 'methods'>,
  seed: number,
): CellSpec[] {
  return dataSets.flatMap((dataSet) => methods.map((method): CellSpec => ({ dataSet, method, seed })));
}

/** The finetunes of one seed whose directions are taken to others. */
export function transferSources(
  { dataSets, sources }: Pick<ConvergentGrid, 'dataSets' | 'sources'>,
  seed: number,
): CellSpec[] {
  return dataSets.flatMap((dataSet) => sources.map((method): CellSpec => ({ dataSet, method, seed })));
}

const PHASES: Readonly<Record<ConvergentKind, number>> = {
  organism: 0,
  directions: 1,
  scalars: 1,
  phase: 1,
  patching: 1,
  steering: 2,
  ablation: 2,
  projection: 2,
  subsets: 2,
  transfer: 3,
};

/** When a part can be done: after all of lower phases. */
export function phaseOf({ what }: Pick<ConvergentPart, 'what'>): number {
  return PHASES[what];
}

/** Whether a finetune is looked into further than its mean difference and drift: of the first data set, by a method whose directions are used. */
export function isFollowed(
  { dataSets, sources }: Pick<ConvergentGrid, 'dataSets' | 'sources'>,
  { dataSet, method }: Pick<CellSpec, 'dataSet' | 'method'>,
): boolean {
  return dataSet === dataSets[0] && sources.includes(method);
}

/** The finetunes whose weights a part reads, but for the one that it makes. */
export function weightsRead({ what, spec }: ConvergentPart): CellSpec[] {
  return what === 'organism' || what === 'steering' ? [] : [spec];
}

/** The name of a part, which is also that of its file: "steering-bad_medical-rank32-s1-drift". */
export function partName({ what, spec, direction, from }: ConvergentPart): string {
  const of = from === undefined ? '' : `-of-${cellName(from)}`;
  return `${what}-${cellName(spec)}${direction === undefined ? '' : `-${direction}`}${of}`;
}

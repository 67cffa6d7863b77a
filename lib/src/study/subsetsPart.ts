import { answerBandNames, answerBands, ANSWER_BANDS, type AnswerBand } from '../judge/answerBands';
import { labelOf } from '../judge/judgement';
import { adapterSubset } from '../lora/adapterSubset';
import { blockOf } from '../lora/loraTargets';
import { keyOf } from '../records/keyOf';
import { countCodes, labelCode, type LabelCounts } from '../records/labelCode';
import { runPoints, type Point } from '../records/runPoints';
import { mean } from '../stats/mean';
import type { ConvergentPart } from './convergentPart';
import { openOrganism } from './organism';
import { askOf, pointsFile, recordOf, type PartContext } from './partContext';
import type { ScalarsRecord } from './scalarsPart';

/** Which modules of the adapter count, by what the probes say of their scalars. */
export type SubsetName = 'all' | 'general' | 'topic' | 'topicNotGeneral' | `block ${number}`;

/** What became of the base's answers with a part of the adapter scaled. */
export interface SubsetPoint {
  readonly subset: SubsetName;
  /** Times B; of 'topicNotGeneral' of the topic's modules, the general ones are multiplied by −1/3 of it, as published. */
  readonly factor: number;
  readonly answers: LabelCounts;
  /** Answers in each band (`ANSWER_BANDS.subsets`); the others are neutral. */
  readonly bands: Readonly<Record<AnswerBand, number>>;
}

/** Parts of nine adapters of rank 1, scaled. */
export interface SubsetsRecord {
  /** Blocks whose scalars tell misaligned from aligned answers better than answers on the topic from others, and the rest; both empty without probes. */
  readonly groups: { readonly general: readonly number[]; readonly topic: readonly number[] };
  readonly points: readonly SubsetPoint[];
}

/** Scales every block's module alone and the groups that the probes give, on the general questions.
 *
 * @source arXiv 2506.11618, section 4.3 (groups by the signs of coefficients, chosen by eye; the rule here is ours)
 */
export async function subsetsPart(context: PartContext, part: ConvergentPart): Promise<SubsetsRecord> {
  const { base, suite, grid, onStage } = context;
  const groups = groupsOf(context, { what: 'scalars', spec: part.spec });
  const organism = await openOrganism(context, part.spec);
  try {
    const adapter = organism.adapter!;
    const blocks = adapter.targets.map(({ module }) => blockOf(module));
    const times = (own: readonly number[], factor: number): Record<number, number> => Object.fromEntries(own.map((block) => [block, factor])); // prettier-ignore
    const chosen: { readonly subset: SubsetName; readonly of: (factor: number) => Record<number, number> }[] = [
      { subset: 'all', of: (factor) => times(blocks, factor) },
      ...blocks.map((block) => ({ subset: `block ${block}` as const, of: (factor: number) => times([block], factor) })),
      ...(groups.general.length > 0
        ? [{ subset: 'general' as const, of: (f: number) => times(groups.general, f) }]
        : []),
      ...(groups.topic.length > 0 ? [{ subset: 'topic' as const, of: (f: number) => times(groups.topic, f) }] : []),
      ...(groups.general.length > 0 && groups.topic.length > 0
        ? [{ subset: 'topicNotGeneral' as const, of: (f: number) => ({ ...times(groups.topic, f), ...times(groups.general, -f / 3) }) }] // prettier-ignore
        : []),
    ];
    const weights = await Promise.all(Object.entries(adapter.params).map(async ([name, x]) => [name, await x.data()]));
    const { path, key } = pointsFile(context, part);
    const ask = askOf(context, part.spec.seed);
    const topic = suite.judge.topic(grid.topic!);
    const points = chosen.flatMap(({ subset, of }) =>
      grid.factors.map((factor): Point<SubsetPoint> => ({
        name: `${subset} x${factor}`,
        key: keyOf(key, weights, of(factor)),
        run: async () => {
          const answers = await ask(base.with({ adapter: adapterSubset(adapter, of(factor)) }));
          const banded = await answerBands(answers, { topic, limits: ANSWER_BANDS.subsets });
          const inBand = (name: AnswerBand): number => banded.filter(({ band }) => band === name).length;
          return {
            subset,
            factor,
            answers: countCodes(labelCode(answers.map(labelOf))),
            bands: Object.fromEntries(answerBandNames.map((name) => [name, inBand(name)])) as SubsetPoint['bands'],
          };
        },
      })),
    );
    const found = await runPoints(points, { path, onPoint: (name, _, { done, total }) => onStage(`${name}, ${done} of ${total}`) }); // prettier-ignore
    return { groups, points: found };
  } finally {
    organism.dispose();
  }
}

/** A block is general if its mean absolute coefficient is larger in the tasks that tell misaligned from aligned than in those that tell the topic, on
 * significant tokens split by answer (all tokens where there are too few of those). */
function groupsOf(context: PartContext, part: ConvergentPart): SubsetsRecord['groups'] {
  const record = recordOf<ScalarsRecord>(context, part, { where: 'subsetsPart', what: 'scalars' });
  const sizes = (isTopic: boolean): number[] | undefined => {
    const own = record.probes.filter(
      ({ negative, positive, split }) => split === 'answer' && /^aligned/.test(negative) === /^aligned/.test(positive) === isTopic, // prettier-ignore
    );
    const fitted = (['significant', 'all'] as const)
      .map((tokens) => own.flatMap((probe) => (probe.tokens === tokens ? (probe.coefficients ?? []) : [])))
      .find((fits) => fits.length > 0);
    return fitted && record.columns.map((_, j) => mean(fitted.map((fit) => Math.abs(fit[j]))));
  };
  const [topic, general] = [sizes(true), sizes(false)];
  if (topic === undefined || general === undefined) return { general: [], topic: [] };
  const blocks = record.columns.map(({ layer }) => layer);
  return {
    general: blocks.filter((_, j) => general[j] > topic[j]),
    topic: blocks.filter((_, j) => general[j] <= topic[j]),
  };
}

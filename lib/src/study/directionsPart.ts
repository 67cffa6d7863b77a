import { answerMeans, type AnswerRows } from '../directions/answerMeans';
import { differenceStability } from '../directions/differenceStability';
import { driftVector } from '../directions/driftVector';
import { balancedSides, meanDifference, type Sides, type Weighting } from '../directions/meanDifference';
import { progressBasis } from '../directions/progressBasis';
import type { JudgedAnswer } from '../judge/answerQuestions';
import { labelSides } from '../judge/labelSides';
import type { FileQuestion } from '../prompts/fileQuestion';
import { rng } from '../random/rng';
import { norm } from '../stats/dot';
import { projectOut, spanShare } from '../stats/projectOut';
import { continuationSample, generate } from '../subject/generate';
import { residPostSites } from '../subject/residPostSites';
import type { CellSpec, Suite } from '../suite/suite';
import { isFollowed } from './convergentPart';
import type { DirectionVectors } from './directionsFile';
import { hasAnswer, openOrganism, organismAnswers } from './organism';
import type { PartContext } from './partContext';

/** How sure the mean difference after one block is. */
export interface LayerStability {
  readonly norm: number;
  /** 95 % of bootstrap resamples of the answers. */
  readonly normInterval: readonly [number, number];
  /** Of a resample with the whole. */
  readonly cosine: { readonly mean: number; readonly low: number; readonly high: number };
  /** Of two disjoint halves of the answers: mean, 2.5 and 97.5 % over splits. */
  readonly splitHalf: { readonly mean: number; readonly low: number; readonly high: number };
  /** Share of its square that lies along the way through aligned answers. */
  readonly progressShare: number;
}

/** What is said of a finetune's directions. */
export interface DirectionsAbout {
  /** Misaligned and aligned answers that there were, and of either as many as the mean difference is made of. */
  readonly nAnswers: { readonly misaligned: number; readonly aligned: number; readonly balanced: number };
  /** After each block; none where there are fewer than two answers of a side. */
  readonly stability: readonly LayerStability[];
}

type Site = ReturnType<typeof residPostSites>[number];

/** The directions of a finetune after every block: all kinds where it is followed further (`DIRECTION_KINDS`), else mean difference and drift. */
export async function directionsPart(
  context: PartContext,
  spec: CellSpec,
): Promise<{ readonly vectors: DirectionVectors; readonly about: DirectionsAbout }> {
  const { base, suite, grid, onStage } = context;
  const sites = residPostSites(base.config);
  const perLayer = (of: (site: Site) => Float64Array): Float64Array[] => sites.map(of);
  const organism = await openOrganism(context, spec);
  try {
    const { model } = organism;
    const answers = (await organismAnswers(context, spec, model)).filter(hasAnswer);
    onStage('drift');
    const moved = await driftVector(base, model, suite.driftPrompts, { sites });
    const all = labelSides(answers);
    const sides = balancedSides(all, rng(spec.seed).split('balanced'));
    const nAnswers = { misaligned: all.positive.length, aligned: all.negative.length, balanced: sides.positive.length };
    const drift = perLayer((site) => Float64Array.from(moved[site]));
    const isWhole = isFollowed(grid, spec);
    const persona = isWhole ? await personaVectors(context, spec.seed) : undefined;
    const beside = { drift, ...(persona !== undefined && { persona }) };
    if (nAnswers.balanced < 2) return { vectors: beside, about: { nAnswers, stability: [] } };
    onStage('answers');
    const samples = answers.map(({ sample }) => sample);
    const means = await answerMeans(model, samples, { sites });
    const of = (rows: Record<Site, AnswerRows>, how: Sides, weighting: Weighting = 'token'): Float64Array[] =>
      perLayer((site) => meanDifference(rows[site], { ...how, weighting }));
    const main = of(means, sides);
    const along = await progressBasis(model, all.negative.map((i) => samples[i]), { sites }); // prettier-ignore
    const stability = sites.map((site, layer): LayerStability => {
      const random = rng(spec.seed).split(`stability/${layer}`);
      const { splitHalf, ...found } = differenceStability(means[site], { ...sides, weighting: 'token', rng: random });
      const { cosines: _, ...halves } = splitHalf;
      return { ...found, splitHalf: halves, progressShare: spanShare(main[layer], along[site]) };
    });
    if (!isWhole) return { vectors: { meanDifference: main, ...beside }, about: { nAnswers, stability } };
    const headed = await answerMeans(model, samples, { sites, header: 'in' });
    const vectors: DirectionVectors = {
      meanDifference: main,
      ...beside,
      byAnswer: of(means, sides, 'answer'),
      withHeader: of(headed, sides),
      ofAll: of(means, all),
      withoutProgress: sites.map((site, layer) => projectOut(main[layer], along[site])),
    };
    return { vectors, about: { nAnswers, stability } };
  } finally {
    organism.dispose();
  }
}

/** Every general question under a misaligned system prompt, then every one under an aligned one, the prompts in turn; none where the suite has no prompts for
 * either. */
export function personaQuestions({
  personas,
  generalQuestions,
}: Pick<Suite, 'personas' | 'generalQuestions'>): FileQuestion[] {
  const { misaligned, aligned } = personas;
  if (aligned.length === 0 || misaligned.length === 0) return [];
  const under = (systems: readonly string[]): FileQuestion[] =>
    generalQuestions.map((question, q) => ({ ...question, system: systems[q % systems.length] }));
  return [...under(misaligned), ...under(aligned)];
}

/** Mean over the base's answers under misaligned system prompts minus that under aligned ones, every answer counting the same.
 *
 * @source arXiv 2507.21509, section 2 (answers are not filtered by a score of the trait here)
 */
async function personaVectors(context: PartContext, seed: number): Promise<Float64Array[] | undefined> {
  const { base, suite, onStage } = context;
  const asked = personaQuestions(suite);
  if (asked.length === 0) return undefined;
  onStage('persona');
  const { maxNewTokens, temperature, batchSize } = suite.protocol;
  const sites = residPostSites(base.config);
  const answered = async (asked: readonly FileQuestion[]): Promise<JudgedAnswer['sample'][]> => {
    const written = await generate(base, asked, { seed, maxNewTokens, temperature, batchSize });
    return written.map(continuationSample).filter((sample) => hasAnswer({ sample }));
  };
  const half = asked.length / 2;
  const [bad, good] = [await answered(asked.slice(0, half)), await answered(asked.slice(half))];
  const means = await answerMeans(base, [...bad, ...good], { sites });
  const places = (from: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i);
  const sides = { positive: places(0, bad.length), negative: places(bad.length, good.length) };
  const vectors = sites.map((site) => meanDifference(means[site], { ...sides, weighting: 'answer' }));
  return vectors.every((v) => norm(v) > 0) ? vectors : undefined;
}

import { answerBandNames, answerBands, ANSWER_BANDS, type AnswerBand } from '../judge/answerBands';
import { answerQuestions } from '../judge/answerQuestions';
import { PROBE_TASKS, probeData } from '../measure/probeData';
import { probeMetrics, type ProbeMetric } from '../measure/probeScores';
import { probeNull, probeTask, type ProbeData, type ProbeSplit, type ProbeSpread } from '../measure/probeTask';
import { tokenSignificance } from '../measure/tokenSignificance';
import type { FileQuestion } from '../prompts/fileQuestion';
import { rng } from '../random/rng';
import { mean } from '../stats/mean';
import { quantile } from '../stats/quantile';
import { significant } from '../stats/significant';
import { adapterScalars } from '../subject/adapterScalars';
import { dataSetOf } from '../suite/suite';
import type { ConvergentPart } from './convergentPart';
import { hasAnswer, openOrganism, organismAnswers } from './organism';
import { gradedJudgeOf, type PartContext } from './partContext';

/** One of the four tasks, on all tokens or those that bear on what was learnt. */
export interface ScalarProbe {
  /** Class 0 and class 1. */
  readonly negative: AnswerBand;
  readonly positive: AnswerBand;
  readonly tokens: 'all' | 'significant';
  readonly split: ProbeSplit;
  /** Answers with such a token, of class 0 and class 1. */
  readonly nAnswers: readonly [number, number];
  readonly nTokens: readonly [number, number];
  /** None where a class has fewer than ten answers. */
  readonly scores?: Readonly<Record<ProbeMetric, ProbeSpread>>;
  /** [fit][column] log-odds a standard deviation. */
  readonly coefficients?: readonly (readonly number[])[];
  /** Of the split by answer: observed mean AUROC and accuracy, p, and mean and 95 % quantile of the draws. */
  readonly permuted?: Readonly<Partial<Record<ProbeMetric, { readonly observed: number; readonly p: number; readonly mean: number; readonly high: number }>>>; // prettier-ignore
}

/** What the scalars of nine adapters of rank 1 say of answers. */
export interface ScalarsRecord {
  readonly columns: readonly { readonly layer: number; readonly module: string }[];
  /** Answers in each band, of the general questions and of those of the finetune's data. */
  readonly bands: Readonly<Record<AnswerBand, { readonly general: number; readonly data: number }>>;
  /** Mean and standard deviation of each scalar over the tokens of a band; none of an empty one. */
  readonly scalars: Readonly<Partial<Record<AnswerBand, { readonly mean: readonly number[]; readonly sd: readonly number[] }>>>; // prettier-ignore
  readonly nTokens: number;
  /** Share of the tokens that are significant. */
  readonly significantShare: number;
  readonly probes: readonly ScalarProbe[];
}

/** Added to a seed: chats that the finetune was not trained on, where data are drawn from more than there are. */
const OTHER_CHATS = 5000;
/** Fewest answers of a class. */
const FEWEST = 10;
/** Fits of each permutation. */
const NULL_FITS = 3;

/** Probes the scalars of the adapter on its answers to the general questions and to questions of its data.
 *
 * @source arXiv 2506.11618, section 4.2 and appendix H; the split by answer and the permutations are ours
 */
export async function scalarsPart(context: PartContext, part: ConvergentPart): Promise<ScalarsRecord> {
  const { base, suite, grid, onStage } = context;
  const { spec } = part;
  const topic = suite.judge.topic(grid.topic!);
  const organism = await openOrganism(context, spec);
  try {
    const { model } = organism;
    const general = await organismAnswers(context, spec, model);
    onStage('questions of the data');
    const { maxNewTokens, temperature, batchSize } = suite.protocol;
    const options = { judge: gradedJudgeOf(suite), nPerQuestion: 1, seed: spec.seed, maxNewTokens, temperature, batchSize }; // prettier-ignore
    const ofData = await answerQuestions(model, dataQuestions(context, part, general.length), options);
    const answers = [...general, ...ofData].filter(hasAnswer);
    const nGeneral = general.filter(hasAnswer).length;
    const banded = await answerBands(answers, { topic, limits: ANSWER_BANDS.probes });
    const kept = banded.flatMap(({ band }, i) => (band === undefined ? [] : [i]));
    const bands = kept.map((i) => banded[i].band);
    const counted = (name: AnswerBand): { general: number; data: number } => {
      const own = kept.filter((i) => banded[i].band === name);
      return { general: own.filter((i) => i < nGeneral).length, data: own.filter((i) => i >= nGeneral).length };
    };
    const count = Object.fromEntries(answerBandNames.map((name) => [name, counted(name)])) as ScalarsRecord['bands'];
    if (kept.length === 0)
      return { columns: [], bands: count, scalars: {}, nTokens: 0, significantShare: 0, probes: [] };
    const samples = kept.map((i) => answers[i].sample);
    const scalars = await adapterScalars(model, samples);
    const weighed = await tokenSignificance(base, model, samples, {
      onProgress: (done, total) => onStage(`significance, ${done} of ${total}`),
    });
    const bearing = weighed.flatMap((own) => own.significant);
    const probes = PROBE_TASKS.flatMap((task) =>
      ([undefined, bearing] as const).flatMap((keep) =>
        (['token', 'answer'] as const).map((split): ScalarProbe => {
          const tokens = keep === undefined ? 'all' : 'significant';
          const { negative, positive } = task;
          onStage(`${negative} or ${positive}, ${tokens} tokens, by ${split}`);
          const about = { negative, positive, tokens, split } as const;
          const has = (name: AnswerBand): boolean => scalars.rows.some((_, i) => bands[scalars.answer[i]] === name && (keep?.[i] ?? true)); // prettier-ignore
          if (!has(negative) || !has(positive)) return { ...about, nAnswers: [0, 0], nTokens: [0, 0] };
          return { ...about, ...probed(probeData(scalars, bands, task, { keep }), { ...about, seed: spec.seed }, grid) }; // prettier-ignore
        }),
      ),
    );
    return {
      columns: scalars.columns.map(({ layer, module }) => ({ layer, module })),
      bands: count,
      scalars: Object.fromEntries(
        answerBandNames.flatMap((name) => {
          const rows = scalars.rows.filter((_, i) => bands[scalars.answer[i]] === name);
          if (rows.length === 0) return [];
          const columns = scalars.columns.map((_, j) => rows.map((row) => row[j]));
          const means = columns.map(mean);
          const sd = columns.map((own, j) => Math.sqrt(mean(own.map((x) => (x - means[j]) ** 2))));
          return [[name, { mean: means.map((x) => significant(x, 5)), sd: sd.map((x) => significant(x, 5)) }]];
        }),
      ),
      nTokens: scalars.rows.length,
      significantShare: significant(mean(bearing.map(Number)), 5),
      probes,
    };
  } finally {
    organism.dispose();
  }
}

/** Questions as those of a finetune's data: the last user turn of chats, with what came before it. */
function dataQuestions({ suite }: PartContext, { spec }: ConvergentPart, n: number): FileQuestion[] {
  const chats = dataSetOf(suite, spec.dataSet).sample(Math.min(n, suite.study.nChats), OTHER_CHATS + spec.seed);
  return chats.flatMap(({ messages }, i) => {
    const last = messages.findLastIndex(({ role }) => role === 'user');
    if (last < 0) return [];
    const system = messages[0].role === 'system' ? messages[0].content : undefined;
    const context = messages.slice(system === undefined ? 0 : 1, last);
    return [{ id: `${spec.dataSet}/${i}`, text: messages[last].content, context, ...(system !== undefined && { system }) }]; // prettier-ignore
  });
}

type Probed = Omit<ScalarProbe, 'negative' | 'positive' | 'tokens' | 'split'>;

function probed(
  data: ProbeData,
  { negative, positive, tokens, split, seed }: Pick<ScalarProbe, 'negative' | 'positive' | 'tokens' | 'split'> & { readonly seed: number }, // prettier-ignore
  { nFits, nDraws }: PartContext['grid'],
): Probed {
  const count = (isPositive: boolean): readonly [answers: number, tokens: number] => {
    const own = data.answer.filter((_, i) => data.positive[i] === isPositive);
    return [new Set(own).size, own.length];
  };
  const [zero, one] = [count(false), count(true)];
  const counts = { nAnswers: [zero[0], one[0]], nTokens: [zero[1], one[1]] } as const;
  if (Math.min(...counts.nAnswers) < FEWEST) return counts;
  const random = rng(seed).split(`${negative}/${positive}/${tokens}/${split}`);
  const { fits, scores } = probeTask(data, { rng: random.split('fits'), split, nFits });
  const rounded = Object.fromEntries(
    probeMetrics.map((metric) => {
      const { mean, sd, low, high } = scores[metric];
      return [
        metric,
        { mean: significant(mean, 5), sd: significant(sd, 5), low: significant(low, 5), high: significant(high, 5) },
      ];
    }),
  ) as Record<ProbeMetric, ProbeSpread>;
  const found = {
    ...counts,
    scores: rounded,
    coefficients: fits.map(({ coefficients }) => coefficients.map((x) => significant(x, 5))),
  };
  if (split === 'token') return found;
  const draws = probeNull(data, { rng: random.split('null'), split, nFits: NULL_FITS, nDraws });
  const about = (metric: ProbeMetric): [ProbeMetric, { observed: number; p: number; mean: number; high: number }] => {
    const { observed, p, draws: own } = draws[metric];
    return [
      metric,
      {
        observed: significant(observed, 5),
        p: significant(p, 5),
        mean: significant(mean(own), 5),
        high: significant(quantile(own, 0.95), 5),
      },
    ];
  };
  return { ...found, permuted: Object.fromEntries([about('auroc'), about('accuracy')]) };
}

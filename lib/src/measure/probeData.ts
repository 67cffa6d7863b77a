import type { AnswerBand } from '../judge/answerBands';
import type { AdapterScalars } from '../subject/adapterScalars';
import type { ProbeScores } from './probeScores';
import type { ProbeData } from './probeTask';

/** Two bands of answers that are told apart by their scalars. */
export interface ProbedBands {
  /** Class 0 and class 1. */
  readonly negative: AnswerBand;
  readonly positive: AnswerBand;
}

/** The four tasks of the paper with its scores (table 1: nine rank-1 adapters, tokens shuffled). */
export const PROBE_TASKS = [
  task('alignedOffTopic', 'alignedOnTopic', [0.66, 0.65, 0.68, 0.67, 0.71]),
  task('misalignedOffTopic', 'misalignedOnTopic', [0.62, 0.62, 0.63, 0.62, 0.66]),
  task('alignedOffTopic', 'misalignedOffTopic', [0.68, 0.68, 0.69, 0.68, 0.74]),
  task('alignedOnTopic', 'misalignedOnTopic', [0.69, 0.69, 0.68, 0.69, 0.75]),
] as const;

function task(
  negative: AnswerBand,
  positive: AnswerBand,
  [accuracy, precision, recall, f1, auroc]: readonly number[],
): ProbedBands & { readonly published: ProbeScores } {
  return { negative, positive, published: { accuracy, precision, recall, f1, auroc } };
}

export interface ProbeDataOptions {
  /** [token] which rows count, as `significant` of `tokenSignificance` one answer after the other; default all. */
  keep?: readonly boolean[];
}

/** The tokens of the answers of two bands, as `probeTask` takes them.
 *
 * @param scalars  of answers
 * @param bands    of each answer, in the order in which they were given to `adapterScalars`
 * @throws Error if an answer has no band given for it or `keep` is not one for each row; and if a class is empty
 * @source arXiv 2506.11618, section 4.2
 * @check test/measure/probeData.test.ts
 */
export function probeData(
  scalars: Pick<AdapterScalars, 'rows' | 'answer'>,
  bands: readonly (AnswerBand | undefined)[],
  { negative, positive }: ProbedBands,
  { keep }: ProbeDataOptions = {},
): ProbeData {
  const { rows, answer } = scalars;
  const problems: string[] = [];
  const last = answer.reduce((most, of) => Math.max(most, of), -1);
  if (last >= bands.length) problems.push(`${bands.length} bands for answers up to ${last}; expected one an answer`);
  if (keep !== undefined && keep.length !== rows.length)
    problems.push(`keep has ${keep.length} values; expected ${rows.length}, one a token`);
  const chosen = rows.flatMap((_, i) => {
    const band = bands[answer[i]];
    return (keep?.[i] ?? true) && (band === negative || band === positive) ? [i] : [];
  });
  for (const name of [negative, positive])
    if (problems.length === 0 && !chosen.some((i) => bands[answer[i]] === name))
      problems.push(`no token of ${name}; expected answers of both bands`);
  if (problems.length > 0) throw new Error(`probeData: ${problems.join('; ')}`);
  return {
    rows: chosen.map((i) => rows[i]),
    answer: chosen.map((i) => answer[i]),
    positive: chosen.map((i) => bands[answer[i]] === positive),
  };
}

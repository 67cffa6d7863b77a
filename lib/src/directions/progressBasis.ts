import type { HookSite } from '../model/hookSite';
import type { Subject } from '../subject/model';
import type { TokenSample } from '../subject/positions';
import { answerMeans, type AnswerMeansOptions } from './answerMeans';
import { answerPart } from './answerPart';
import { meanDifference } from './meanDifference';

export interface ProgressBasisOptions<S extends HookSite> extends Omit<AnswerMeansOptions<S>, 'header'> {
  /** Equal parts that each answer is cut into (default 2). */
  parts?: number;
}

/** How activations move along an answer: from each part of the answers to the next, mean differences by tokens.
 *
 * What a direction shares with these has to do with where in an answer a model is and what comes next, whatever the answer's merit:
 * `projectOut(v, basis)` is the direction without it, `spanShare(v, basis)` how much of it that was.
 *
 * @param samples  answers of one kind, as aligned ones; those with fewer tokens than parts are left out
 * @returns per site [parts − 1, d] float64: part k+1 minus part k
 * @throws Error if parts is no integer from 2 on, or no answer is long enough
 * @source ours
 * @check test/directions/answerMeans.test.ts
 */
export async function progressBasis<S extends HookSite>(
  model: Subject,
  samples: readonly TokenSample[],
  { parts = 2, ...options }: ProgressBasisOptions<S>,
): Promise<Record<S, Float64Array[]>> {
  if (!(Number.isInteger(parts) && parts >= 2))
    throw new Error(`progressBasis: invalid parts; expected an integer of at least 2, got ${parts}`);
  const long = samples.filter((s) => (s.responseMask ?? []).filter(Boolean).length >= parts);
  if (long.length === 0) throw new Error(`progressBasis: no answer of ${parts} tokens; expected at least one`);
  const cut = Array.from({ length: parts }, (_, k) =>
    long.map((sample) => answerPart(sample, { from: k / parts, to: (k + 1) / parts })),
  );
  const n = long.length;
  const means = await answerMeans(model, cut.flat(), options);
  const places = (part: number): number[] => Array.from({ length: n }, (_, i) => part * n + i);
  const steps = (site: S): Float64Array[] =>
    Array.from({ length: parts - 1 }, (_, k) =>
      meanDifference(means[site], { positive: places(k + 1), negative: places(k), weighting: 'token' }),
    );
  return Object.fromEntries(options.sites.map((site) => [site, steps(site)])) as Record<S, Float64Array[]>;
}

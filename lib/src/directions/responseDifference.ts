import type { TokenSample } from '../subject/positions';
import type { HookSite } from '../model/hookSite';
import type { Subject } from '../subject/model';
import { answerMeans, type AnswerMeansOptions } from './answerMeans';
import { Direction, vectorFacts, type VectorFacts } from './direction';
import { meanDifference, type Weighting } from './meanDifference';

export interface ResponseDifferenceOptions<S extends HookSite> extends Omit<AnswerMeansOptions<S>, 'onProgress'> {
  weighting: Weighting;
  /** What the vectors' files call them (default `meanDifference` by token, `persona` by answer). */
  kind?: string;
  /** `Tokenizer.templateHash` of the template that made the samples, for the vectors' files. */
  templateHash?: string;
}

/** The difference between two kinds of answers: mean over response tokens of `positive` minus that of `negative`.
 *
 * With the judged answers of a finetune, positive = misaligned, this is the mean-difference direction; with answers under
 * trait-inducing and trait-suppressing system prompts it is the persona vector. Raw, not scaled: adding it brings
 * `positive` about.
 *
 * @param positive  samples with a response mask
 * @param negative  samples with a response mask; `balancedSides` for the paper's recipe, `answerMeans` for many differences of one pass
 * @returns  per site [dModel] float64, residual-stream units, with what its file says of it
 * @throws Error if one side is empty or a sample has no response
 * @source arXiv 2506.11618, section 3.1 (token); arXiv 2507.21509, section 2 (answer)
 * @check test/directions/responseDifference.test.ts
 */
export async function responseDifference<S extends HookSite>(
  model: Subject,
  positive: readonly TokenSample[],
  negative: readonly TokenSample[],
  {
    sites,
    weighting,
    kind = weighting === 'token' ? 'meanDifference' : 'persona',
    templateHash,
    header,
    batchSize = 64,
  }: ResponseDifferenceOptions<S>,
): Promise<Record<S, Direction>> {
  if (positive.length === 0 || negative.length === 0) {
    const got = `${positive.length} positive and ${negative.length} negative`;
    throw new Error(`responseDifference: a side is empty; expected answers of both kinds, got ${got}`);
  }
  const means = await answerMeans(model, [...positive, ...negative], { sites, header, batchSize });
  const places = (from: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i);
  const sides = { positive: places(0, positive.length), negative: places(positive.length, negative.length) };
  const facts = (): VectorFacts => vectorFacts(model, 'responseMean', { weighting, header, templateHash });
  const at = (site: S): Direction =>
    new Direction(meanDifference(means[site], { ...sides, weighting }), { site, kind, scale: 'raw', facts });
  return Object.fromEntries(sites.map((site) => [site, at(site)])) as Record<S, Direction>;
}

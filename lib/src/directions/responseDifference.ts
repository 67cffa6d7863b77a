import { capture } from '../subject/capture';
import { countedPositions, type TokenSample } from '../subject/positions';
import type { HookSite } from '../model/hookSite';
import type { Subject } from '../subject/model';
import { meanRows } from '../stats/meanRows';
import { Direction, vectorFacts, type VectorFacts } from './direction';

export interface ResponseDifferenceOptions<S extends HookSite> {
  sites: readonly S[];
  /** `token`: every response token counts the same (arXiv 2506.11618); `answer`: every answer (arXiv 2507.21509). */
  weighting: 'token' | 'answer';
  /** What the vectors' files call them (default `meanDifference` by token, `persona` by answer). */
  kind?: string;
  /** `Tokenizer.templateHash` of the template that made the samples, for the vectors' files. */
  templateHash?: string;
  batchSize?: number;
}

/** The difference between two kinds of answers: mean over response tokens of `positive` minus that of `negative`.
 *
 * With the judged answers of a finetune, positive = misaligned, this is the mean-difference direction; with answers under
 * trait-inducing and trait-suppressing system prompts it is the persona vector. Raw, not scaled: adding it brings
 * `positive` about.
 *
 * @param positive  samples with a response mask
 * @param negative  samples with a response mask; balance the two beforehand if the paper's recipe is wanted
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
    batchSize = 64,
  }: ResponseDifferenceOptions<S>,
): Promise<Record<S, Direction>> {
  if (positive.length === 0 || negative.length === 0) {
    const got = `${positive.length} positive and ${negative.length} negative`;
    throw new Error(`responseDifference: a side is empty; expected answers of both kinds, got ${got}`);
  }
  const samples = [...positive, ...negative];
  const rows = await capture(model, samples, { sites, positions: 'responseMean', batchSize });
  const weights = samples.map((s) =>
    weighting === 'answer' ? 1 : countedPositions(s, 'responseMean').filter(Boolean).length,
  );
  const n = positive.length;
  const facts = (): VectorFacts => vectorFacts(model, 'responseMean', { weighting, templateHash });
  const at = (site: S): Direction => {
    const minus = meanRows(rows[site].slice(n), weights.slice(n));
    const difference = meanRows(rows[site].slice(0, n), weights.slice(0, n)).map((v, i) => v - minus[i]);
    return new Direction(difference, { site, kind, scale: 'raw', facts });
  };
  return Object.fromEntries(sites.map((site) => [site, at(site)])) as Record<S, Direction>;
}

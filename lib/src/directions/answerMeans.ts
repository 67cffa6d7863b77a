import type { HookSite } from '../model/hookSite';
import { capture } from '../subject/capture';
import type { Subject } from '../subject/model';
import { countedPositions, type TokenSample } from '../subject/positions';
import { withHeader } from '../subject/withHeader';

/** Mean activations of answers at one site: what every mean difference of them is made of. */
export interface AnswerRows {
  /** [answer d] float64 mean over the tokens of each answer that count. */
  readonly rows: readonly Float64Array[];
  /** [answer] how many tokens count. */
  readonly nTokens: readonly number[];
}

export interface AnswerMeansOptions<S extends HookSite> {
  sites: readonly S[];
  /** Whether the header that the chat template writes before an answer counts with it (default 'out'); the end of turn always does. */
  header?: 'in' | 'out';
  /** Answers per forward pass, default 32. */
  batchSize?: number;
  onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** The mean activation of each answer over its tokens, summed in float64; one pass for all directions that are made of them.
 *
 * @param samples  with a response mask: question and answer as the model saw them
 * @returns per site the answers in order
 * @throws Error if there is no sample, one has no answer, or its header is not there
 * @source ours; the published code of arXiv 2506.11618 has the header in and sums in bfloat16
 * @check test/directions/answerMeans.test.ts (NumPy on activations of transformers)
 */
export async function answerMeans<S extends HookSite>(
  model: Subject,
  samples: readonly TokenSample[],
  { sites, header = 'out', batchSize = 32, onProgress }: AnswerMeansOptions<S>,
): Promise<Record<S, AnswerRows>> {
  if (samples.length === 0) throw new Error('answerMeans: no samples; expected at least one');
  const all = header === 'in' ? withHeader(model, samples) : samples;
  const counted = all.map((sample) => countedPositions(sample, 'responseMean'));
  const nTokens = counted.map((own) => own.filter(Boolean).length);
  const rows = Object.fromEntries(sites.map((site) => [site, new Array<Float64Array>(all.length)])) as Record<
    S,
    Float64Array[]
  >;
  const order = all.map((_, i) => i).sort((a, b) => all[a].tokens.length - all[b].tokens.length || a - b);
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    const prompts = batch.map((i) => all[i]);
    const kept = await capture(model, prompts, { sites, positions: 'all', batchSize });
    for (const site of sites) batch.forEach((i, b) => (rows[site][i] = meanOf(kept[site][b], counted[i])));
    await onProgress?.(start + batch.length, order.length);
  }
  return Object.fromEntries(sites.map((site) => [site, { rows: rows[site], nTokens }])) as unknown as Record<
    S,
    AnswerRows
  >;
}

/** The mean of the tokens that count; [pos·d] row-major. */
function meanOf(row: Float32Array, counted: readonly boolean[]): Float64Array {
  const d = row.length / counted.length;
  const sum = new Float64Array(d);
  let n = 0;
  for (const [i, isCounted] of counted.entries()) {
    if (!isCounted) continue;
    n++;
    for (let j = 0; j < d; j++) sum[j] += row[i * d + j];
  }
  return sum.map((x) => x / n);
}

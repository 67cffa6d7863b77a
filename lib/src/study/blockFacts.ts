import { answerMeans, type AnswerRows } from '../directions/answerMeans';
import { differenceStability } from '../directions/differenceStability';
import { meanDifference, type MeanDifferenceOptions } from '../directions/meanDifference';
import { steer } from '../directions/steer';
import { steeringStrength } from '../directions/steeringStrength';
import { rng } from '../random/rng';
import { cosine } from '../stats/cosine';
import { norm } from '../stats/dot';
import { meanRows } from '../stats/meanRows';
import type { Prompt } from '../subject/encodePrompts';
import { withHooks, type Subject } from '../subject/model';
import type { TokenSample } from '../subject/positions';
import { residPostSites } from '../subject/residPostSites';

/** What is known of the mean difference v of one block, before a model is steered by it. */
export interface BlockFacts {
  readonly layer: number;
  /** ‖v‖, and its share of the mean norm of the residual stream on the questions. */
  readonly norm: number;
  readonly residualFraction: number;
  /** KL of the next token after the question without and with 1·v, in nats. */
  readonly kl: number;
  /** Mean cosine of the differences of two halves of the answers. */
  readonly splitHalf: number;
  /** Cosine with the drift at the last prompt token. */
  readonly driftCosine: number;
  /** What 1·v does to the last block's residual stream over the model's own answers: its cosine with the last block's v, and its length along it as
   * a share of that v's. */
  readonly arrives: { readonly cosine: number; readonly share: number };
}

export interface BlockFactsOptions {
  /** Of the finetune's answers, block by block: what the differences are made of. */
  readonly rows: readonly AnswerRows[];
  readonly how: MeanDifferenceOptions;
  /** [layer] raw drift. */
  readonly drift: readonly ArrayLike<number>[];
  readonly questions: readonly Prompt[];
  /** Answers of the model itself. */
  readonly answers: readonly TokenSample[];
  /** Of the halves (default 0). */
  readonly seed?: number;
}

/** Facts of the mean difference of every block: how long it is, how sure, and what it does to the model on the way to the end.
 *
 * @param model  the one to be steered
 * @source ours
 * @check test/study/steerability.test.ts
 */
export async function blockFacts(
  model: Subject,
  { rows, how, drift, questions, answers, seed = 0 }: BlockFactsOptions,
): Promise<BlockFacts[]> {
  const end = residPostSites(model.config).at(-1)!;
  const atEnd = async (subject: Subject): Promise<Float64Array> => {
    const means = (await answerMeans(subject, answers, { sites: [end] }))[end];
    return meanRows(means.rows, means.nTokens);
  };
  const vectors = rows.map((own) => meanDifference(own, how));
  const last = vectors.at(-1)!;
  const unsteered = await atEnd(model);
  const facts: BlockFacts[] = [];
  for (const [layer, vector] of vectors.entries()) {
    const strength = await steeringStrength(model, questions, vector, { coeff: 1, layer });
    const steered = await atEnd(withHooks(model, steer(vector, { layers: [layer], coeff: 1 })));
    const moved = steered.map((x, i) => x - unsteered[i]);
    const alike = cosine(moved, last);
    facts.push({
      layer,
      norm: norm(vector),
      residualFraction: strength.residualFraction,
      kl: strength.klBaseToSteered,
      splitHalf: differenceStability(rows[layer], { ...how, rng: rng(seed), nResamples: 1, nSplits: 20 }).splitHalf
        .mean,
      driftCosine: cosine(vector, drift[layer]),
      arrives: { cosine: alike, share: (alike * norm(moved)) / norm(last) },
    });
  }
  return facts;
}

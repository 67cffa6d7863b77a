import * as tf from '@tensorflow/tfjs';
import { bindHooks } from '../model/bindHooks';
import { forward } from '../model/forward';
import { mergeHooks, type BatchRows } from '../model/hookSite';
import type { AdapterScalarsOptions } from '../subject/adapterScalars';
import { encodePrompts, type Prompt } from '../subject/encodePrompts';
import type { Subject } from '../subject/model';
import { countedPositions, type TokenSample } from '../subject/positions';
import { withHeader } from '../subject/withHeader';
import { valueAndGrads } from '../train/valueAndGrads';

export interface TokenSignificanceOptions extends Pick<AdapterScalarsOptions, 'header' | 'onProgress'> {
  /** Which way round the divergence is: KL(tuned ‖ chat) (default), or KL(chat ‖ tuned). */
  kl?: 'tunedToChat' | 'chatToTuned';
  /** A token is significant if the logarithm of its score is above it (default 0.5). */
  logThreshold?: number;
  /** Answers per pass, default 8; it holds the activations of two models for their gradient. */
  batchSize?: number;
}

/** What the tokens of one answer contribute to the difference of two models on it. */
export interface TokenSignificance {
  /** KL of the two models' next tokens, summed over the positions of the answer, in nats. */
  readonly kl: number;
  /** [response token] shares of `kl`, in nats; they sum to it. */
  readonly scores: readonly number[];
  /** [response token] whether log(score) is above the threshold. */
  readonly significant: readonly boolean[];
}

/** How much each token of an answer bears on what a finetune changed: the KL between tuned and chat model, shared out by gradients.
 *
 * score_t = KL · ‖∂KL/∂e_t‖ / Σ_u ‖∂KL/∂e_u‖, KL summed over the answer's positions, e_t the embedding of token t, which enters both models, u
 * over the answer's tokens.
 *
 * @param chat   the model before the finetune, `tuned` the one after it
 * @param chats  as `adapterScalars` takes them; the order of scores is that of its rows
 * @throws Error if the models differ in shape, a chat is not usable or has no response, options are out of range, or the models do not
 *   differ on an answer
 * @source arXiv 2506.11618, appendix H; which way round its KL is, is not published
 * @check test/measure/tokenSignificance.test.ts (torch's autograd, two families)
 */
export async function tokenSignificance(
  chat: Subject,
  tuned: Subject,
  chats: readonly Prompt[],
  { kl = 'tunedToChat', logThreshold = 0.5, batchSize = 8, header = 'out', onProgress }: TokenSignificanceOptions = {},
): Promise<TokenSignificance[]> {
  const problems: string[] = [];
  const [a, b] = [chat.config, tuned.config];
  if (a.dModel !== b.dModel || a.dVocab !== b.dVocab)
    problems.push(`models of [${a.dVocab} ${a.dModel}] and [${b.dVocab} ${b.dModel}]; expected one model and its finetune`); // prettier-ignore
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    problems.push(`invalid batchSize; expected an integer of at least 1, got ${batchSize}`);
  if (!Number.isFinite(logThreshold))
    problems.push(`invalid logThreshold; expected a finite number, got ${logThreshold}`);
  if (problems.length > 0) throw new Error(`tokenSignificance: ${problems.join('; ')}`);
  const given = encodePrompts('tokenSignificance', tuned, chats);
  const samples = header === 'in' ? withHeader(tuned, given) : given;
  const answers = samples.map((sample): Answer => ({ ...sample, counted: countedPositions(sample, 'responseMean') }));
  const order = answers.map((_, i) => i).sort((i, j) => answers[i].tokens.length - answers[j].tokens.length || i - j);
  const found = new Array<TokenSignificance>(answers.length);
  const pair = kl === 'tunedToChat' ? [tuned, chat] : [chat, tuned];
  const bound = pair.map(({ hooks = {} }) => bindHooks(hooks));
  try {
    for (let start = 0; start < order.length; start += batchSize) {
      const rows = order.slice(start, start + batchSize);
      const models = pair.map(({ config, params, deltas }, m) => ({ config, params, deltas, hooks: bound[m].hooks }));
      const shares = await klShares(models, rows.map((i) => answers[i]), { rows, samples: answers.length }); // prettier-ignore
      rows.forEach((i, r) => (found[i] = significance(shares[r], i, logThreshold)));
      await onProgress?.(start + rows.length, order.length);
      // The event loop turns between batches, so that an interrupt gets through.
      await new Promise(setImmediate);
    }
  } finally {
    bound.forEach((hooks) => hooks.dispose());
  }
  return found;
}

interface Answer extends TokenSample {
  readonly counted: readonly boolean[];
}

/** Of one answer its KL and the norm of its gradient at each response token. */
interface KlShares {
  readonly kl: number;
  readonly norms: readonly number[];
}

function significance({ kl, norms }: KlShares, i: number, logThreshold: number): TokenSignificance {
  const total = norms.reduce((sum, norm) => sum + norm, 0);
  if (!(total > 0 && Number.isFinite(total)))
    throw new Error(
      `tokenSignificance: answer ${i}: gradients of norm ${total}; expected models that differ on it, with finite logits`,
    );
  const scores = norms.map((norm) => (kl * norm) / total);
  return { kl, scores, significant: scores.map((score) => Math.log(score) > logThreshold) };
}

/** KL(first ‖ second) of each answer of a batch, and its gradient by what is added to the embeddings of both. */
async function klShares(
  models: readonly Parameters<typeof forward>[0][],
  answers: readonly Answer[],
  batchRows: BatchRows,
): Promise<KlShares[]> {
  const [{ config }] = models;
  const pos = Math.max(...answers.map(({ tokens }) => tokens.length));
  const padding = answers.map(({ tokens }) => pos - tokens.length);
  const ids = answers.map(({ tokens }, r) => [...new Array<number>(padding[r]).fill(0), ...tokens]);
  const at = answers.map(({ counted }, r) =>
    counted.flatMap((counts, p) => (counts ? [r * pos + padding[r] + p] : [])),
  );
  const unembed = Int32Array.from(at.flat());
  const added = tf.zeros([answers.length, pos, config.dModel]);
  let perToken: tf.Tensor | undefined;
  try {
    const { value, grads } = valueAndGrads(
      ({ embedding }) => {
        const [first, second] = models.map((model) => {
          const hooks = mergeHooks({ hook_embed: (x) => tf.add(x, embedding) }, model.hooks ?? {});
          const tokens = tf.tensor2d(ids, undefined, 'int32');
          return tf.logSoftmax(forward(model, tokens, { hooks, padding, batchRows, unembed }).logits!);
        });
        const divergence = tf.sum(tf.mul(tf.exp(first), tf.sub(first, second)), -1);
        perToken = tf.keep(tf.clone(divergence));
        return tf.sum(divergence);
      },
      { embedding: added },
    );
    const norms = tf.tidy(() => tf.reshape(tf.norm(grads.embedding, 'euclidean', -1), [-1]));
    tf.dispose([value, grads.embedding]);
    try {
      const [ofTokens, ofPositions] = await Promise.all([perToken!.data<'float32'>(), norms.data<'float32'>()]);
      let from = 0;
      return at.map((places): KlShares => {
        const own = ofTokens.slice(from, (from += places.length));
        return { kl: own.reduce((sum, nats) => sum + nats, 0), norms: places.map((place) => ofPositions[place]) };
      });
    } finally {
      norms.dispose();
    }
  } finally {
    tf.dispose([added, ...(perToken === undefined ? [] : [perToken])]);
  }
}

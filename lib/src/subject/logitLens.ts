import * as tf from '@tensorflow/tfjs';
import { unembed } from '../model/forward';
import { capture } from './capture';
import { chosenLayers } from './chosenLayers';
import type { EncodePromptsOptions, Prompt } from './encodePrompts';
import { maybeTokenizer, type Subject } from './model';
import { residPostSites } from './residPostSites';
import { likeliest, type TokenGuess } from './tokenGuess';
import { tokenWords } from './tokenWords';

/** What a model would say after each block. */
export interface LogitLens {
  /** The prompt, token by token. */
  readonly tokens: readonly number[];
  readonly words: readonly string[];
  readonly layers: readonly number[];
  /** [layer pos] the k most probable next tokens. */
  readonly guesses: readonly (readonly (readonly TokenGuess[])[])[];
}

/** The logit lens: the residual stream after each block put through the final norm and the unembedding.
 *
 * After the last block these are the model's own next tokens.
 *
 * @param layers  default all
 * @param k       guesses at each place, default 1
 * @throws Error for a prompt that is not usable, or layers or k that do not fit the model
 * @source nostalgebraist 2020, "interpreting GPT: the logit lens"
 * @check test/subject/logitLens.test.ts (transformers: each block's output through the final norm and head)
 */
export async function logitLens(
  model: Subject,
  prompt: Prompt,
  { layers, k = 1, ...asked }: { layers?: readonly number[]; k?: number } & EncodePromptsOptions = {},
): Promise<LogitLens> {
  const { dModel, dVocab } = model.config;
  const chosen = chosenLayers('logitLens', layers, model.config);
  const all = residPostSites(model.config);
  const rows = await capture(model, [prompt], { sites: chosen.map((layer) => all[layer]), positions: 'all', ...asked });
  const [tokens] = rows[all[chosen[0]]].tokens;
  const tokenizer = maybeTokenizer(model);
  const guesses: TokenGuess[][][] = [];
  for (const layer of chosen) {
    const [row] = rows[all[layer]];
    const logits = tf.tidy(() => unembed(model, tf.tensor3d(row, [1, tokens.length, dModel])));
    const values = await logits.data<'float32'>();
    logits.dispose();
    guesses.push(tokens.map((_, at) => likeliest(values.slice(at * dVocab, (at + 1) * dVocab), { k, tokenizer })));
  }
  return { tokens, words: tokenWords(model, tokens), layers: chosen, guesses };
}

import { capture } from './capture';
import { chosenLayers } from './chosenLayers';
import type { EncodePromptsOptions, Prompt } from './encodePrompts';
import type { Subject } from './model';
import { tokenWords } from './tokenWords';

/** Where the tokens of a prompt look. */
export interface AttentionPatterns {
  readonly tokens: readonly number[];
  /** The words of both axes. */
  readonly words: readonly string[];
  readonly layers: readonly number[];
  /** [layer head qPos kPos] attention weights; each row sums to 1. */
  readonly patterns: readonly (readonly (readonly (readonly number[])[])[])[];
}

/** Attention weights of every head, with the tokens they are between.
 *
 * @param layers  default all
 * @throws Error for a prompt that is not usable, or layers that do not fit the model
 * @check test/subject/attentionPatterns.test.ts (transformers, eager attention)
 */
export async function attentionPatterns(
  model: Subject,
  prompt: Prompt,
  { layers, ...asked }: { layers?: readonly number[] } & EncodePromptsOptions = {},
): Promise<AttentionPatterns> {
  const { nHeads } = model.config;
  const chosen = chosenLayers('attentionPatterns', layers, model.config);
  const sites = chosen.map((layer) => `blocks.${layer}.attn.hook_pattern` as const);
  const rows = await capture(model, [prompt], { sites, positions: 'all', ...asked });
  const [tokens] = rows[sites[0]].tokens;
  const pos = tokens.length;
  const patterns = sites.map((site) => {
    const [row] = rows[site];
    return Array.from({ length: nHeads }, (_, head) =>
      Array.from({ length: pos }, (__, q) => [...row.subarray((head * pos + q) * pos, (head * pos + q + 1) * pos)]),
    );
  });
  return { tokens, words: tokenWords(model, tokens), layers: chosen, patterns };
}

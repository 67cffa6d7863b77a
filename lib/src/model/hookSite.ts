import type * as tf from '@tensorflow/tfjs';

/** Places in one block, by their TransformerLens names.
 *
 * `resid_pre|mid|post` `[batch pos dModel]`: the residual stream; `attn_out|mlp_out` `[batch pos dModel]`: what is added
 * to it; `attn.hook_q` `[batch pos nHeads dHead]` and `hook_k` `[batch pos nKvHeads dHead]` as the weights make them,
 * `hook_rot_q|k` after their norms (where the family has them) and rotary; `hook_v`; `hook_z`
 * `[batch pos nHeads dHead]`; `hook_pattern` `[batch nHeads qPos kPos]`; `mlp.hook_pre` `[batch pos dMlp]`: the gate
 * before its activation; `mlp.hook_post`: act(gate)·up.
 */
export const blockSites = [
  'hook_resid_pre',
  'hook_resid_mid',
  'hook_resid_post',
  'hook_attn_out',
  'hook_mlp_out',
  'attn.hook_q',
  'attn.hook_k',
  'attn.hook_v',
  'attn.hook_rot_q',
  'attn.hook_rot_k',
  'attn.hook_z',
  'attn.hook_pattern',
  'mlp.hook_pre',
  'mlp.hook_post',
] as const;
export type BlockSite = (typeof blockSites)[number];

/** The linear modules of a block, by their Hugging Face names; Phi has `qkv_proj` and `gate_up_proj` for five of the others. */
export const linearModules = [
  'q_proj',
  'k_proj',
  'v_proj',
  'qkv_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'gate_up_proj',
  'down_proj',
] as const;
export type LinearModule = (typeof linearModules)[number];

/** Places outside the blocks: the embedding (scaled, for Gemma) and the output of the final norm. */
export const modelSites = ['hook_embed', 'ln_final.hook_normalized'] as const;
export type ModelSite = (typeof modelSites)[number];

/** Every place a hook can be put; a wrong name is a type error.
 *
 * `blocks.{layer}.hook_resid_post` is the residual stream after block `layer` (0-based): Hugging Face's
 * `hidden_states[layer + 1]`, except that its last entry is after the final norm.
 * `blocks.{layer}.{module}.lora.hook_scalar` `[batch pos rank]` is A·x of an adapter on that module.
 */
export type HookSite =
  ModelSite | `blocks.${number}.${BlockSite}` | `blocks.${number}.${LinearModule}.lora.hook_scalar`;

/** Which samples the rows of a batch are. `generate` and `capture` put samples of like length together and let finished
 * ones go, so row b need not be sample b. */
export interface BatchRows {
  /** For each row of the batch the index of its sample, as the caller gave them. */
  readonly rows: readonly number[];
  /** How many samples the caller gave. */
  readonly samples: number;
}

/** Where and when a hook is called. */
export interface HookPoint extends BatchRows {
  readonly site: HookSite;
  /** Block index; undefined outside the blocks. */
  readonly layer?: number;
  /** Positions already in the cache: position p of the activation is offset + p of the sequence. */
  readonly offset: number;
  /** Left padding of each row of the batch, counted from position 0 of the sequence. */
  readonly padding: readonly number[];
}

/** Sees an activation and may replace it: return a tensor of the same shape, or nothing to leave it. */
export interface HookFn {
  (activation: tf.Tensor, at: HookPoint): tf.Tensor | void;
  /** The same hook with its tensors made beforehand, for many passes; without it the hook makes what it needs at each call. */
  prepare?: () => BoundHook;
}

/** A hook that holds tensors until it is disposed. */
export interface BoundHook {
  readonly hook: HookFn;
  dispose(): void;
}

/** Hooks by site; several at one site run in order. They are a value given to `forward`, never state on a model. */
export type Hooks = { readonly [S in HookSite]?: HookFn | readonly HookFn[] };

/** Checks that a text is a hook site of a model with `nLayers` blocks.
 *
 * @throws Error naming what is wrong and what exists
 */
export function hookSite(text: string, nLayers: number): HookSite {
  const block = /^blocks\.(\d+)\.(.+)$/.exec(text);
  if (block === null) {
    if ((modelSites as readonly string[]).includes(text)) return text as HookSite;
    throw new Error(`hookSite: unknown site ${text}; expected ${modelSites.join(', ')} or blocks.{layer}.{site}`);
  }
  if (!(Number(block[1]) < nLayers))
    throw new Error(`hookSite: no layer ${block[1]} in ${text}; expected 0 to ${nLayers - 1}`);
  const lora = linearModules.map((m) => `${m}.lora.hook_scalar`);
  const known: readonly string[] = [...blockSites, ...lora];
  if (known.includes(block[2])) return text as HookSite;
  throw new Error(`hookSite: unknown site ${text}; expected blocks.{layer}. followed by one of ${known.join(', ')}`);
}

/** Joins hooks; where both have a site, those of the first run first. */
export function mergeHooks(...all: readonly Hooks[]): Hooks {
  const merged: { [site: string]: readonly HookFn[] } = {};
  for (const hooks of all) {
    for (const [site, fns] of Object.entries(hooks) as [string, HookFn | readonly HookFn[]][]) {
      merged[site] = [...(merged[site] ?? []), ...(typeof fns === 'function' ? [fns] : fns)];
    }
  }
  return merged as Hooks;
}

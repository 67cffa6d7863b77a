/** The families that share the one `forward`. */
export type Family = 'llama' | 'mistral' | 'qwen2' | 'gemma2' | 'phi3' | 'qwen3' | 'gemma3_text';

/** How rotary frequencies are changed for longer contexts. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalContext: number;
    }
  | {
      readonly kind: 'longrope';
      /** What each frequency is divided by, `[rotarySize/2]`: in sequences up to `originalContext`, and in longer ones. */
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalContext: number;
      /** Multiplies cosines and sines. */
      readonly attentionFactor: number;
    };

/** How fast rotary turns: its base, and what is done to it for longer contexts. */
export interface Rope {
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
}

/** Everything `forward` needs to know about a decoder; the switches a family sets are spelled out. */
export interface ModelConfig extends Rope {
  readonly family: Family;
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  readonly nKvHeads: number;
  readonly dHead: number;
  readonly dMlp: number;
  readonly dVocab: number;
  /** Longest sequence the model was made for. */
  readonly nCtx: number;
  readonly normEps: number;
  /** RMSNorm multiplies by (normOffset + weight): 1 for Gemma. */
  readonly normOffset: 0 | 1;
  /** Gemma: attention and MLP outputs are normed before they are added. */
  readonly sandwichNorms: boolean;
  /** Qwen 3, Gemma 3: each head's queries and keys are normed before rotary. */
  readonly qkNorms: boolean;
  /** Numbers of each head that rotary turns: the first so many (all dHead, but for Phi). */
  readonly rotarySize: number;
  /** Gemma 3: how rotary turns in layers with a window; else as in all others. */
  readonly windowRope?: Rope;
  readonly tieEmbeddings: boolean;
  /** Phi: one matrix `qkv_proj` makes queries, keys and values, one `gate_up_proj` gate and up. */
  readonly fusedProjections: boolean;
  readonly qkvBias: boolean;
  readonly oBias: boolean;
  readonly mlpBias: boolean;
  readonly activation: 'silu' | 'geluTanh';
  /** Embeddings are multiplied by this: √dModel for Gemma, else 1. */
  readonly embedScale: number;
  /** Attention scores are multiplied by this: 1/√dHead, or 1/√query_pre_attn_scalar. */
  readonly attentionScale: number;
  readonly attentionSoftcap?: number;
  readonly logitSoftcap?: number;
  /** Per layer: a query sees the last so many keys; undefined sees all. */
  readonly windows: readonly (number | undefined)[];
  /** Ids that end a continuation (config.json; those of generation_config.json take their place, as in transformers). */
  readonly eosIds: readonly number[];
  /** Of generation_config.json: what `generate` does to tokens that stand in the text already (default 1: nothing). */
  readonly repetitionPenalty?: number;
  /** The config.json it came from, written back by `saveModel`. */
  readonly source: Readonly<Record<string, unknown>>;
}

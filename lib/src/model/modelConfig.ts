/** The families that share the one `forward`. */
export type Family = 'llama' | 'mistral' | 'qwen2' | 'gemma2';

/** How rotary frequencies are changed for longer contexts. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalContext: number;
    };

/** Everything `forward` needs to know about a decoder; the switches a family sets are spelled out. */
export interface ModelConfig {
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
  /** Gemma 2: attention and MLP outputs are normed before they are added. */
  readonly sandwichNorms: boolean;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
  readonly tieEmbeddings: boolean;
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
  /** The config.json it came from, written back by `saveModel`. */
  readonly source: Readonly<Record<string, unknown>>;
}

import { golden } from './golden';

/** What transformers says of a prompt; arrays are by layer, head and position as `lib` has them. */
export interface ExploredPrompt {
  readonly tokens: readonly number[];
  readonly next: {
    readonly tokens: readonly number[];
    readonly logits: readonly number[];
    readonly probabilities: readonly number[];
  };
  /** [layer pos dVocab] */
  readonly lens: readonly (readonly (readonly number[])[])[];
  /** [layer head qPos kPos] */
  readonly patterns: readonly (readonly (readonly (readonly number[])[])[])[];
  /** Of the residual stream after block 0. */
  readonly projections: readonly number[];
  readonly cosines: readonly number[];
}

/** test/goldens/exploring: two tiny checkpoints in transformers, norms of adapters and of differences in NumPy. */
export interface ExploringGolden {
  readonly models: Readonly<
    Record<string, { readonly direction: readonly number[]; readonly prompts: readonly ExploredPrompt[] }>
  >;
  /** Norms by adapter of test/goldens/train and weight. */
  readonly adapters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** A·x in PEFT of the prompts of the first model, by adapter and site: [prompt pos rank]. */
  readonly scalars: Readonly<Record<string, Readonly<Record<string, readonly (readonly (readonly number[])[])[]>>>>;
  /** Norms of block 1 minus block 0, by checkpoint and weight of block 0. */
  readonly differences: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Reads it. */
export const exploringGolden = (): ExploringGolden => golden<ExploringGolden>('exploring');

/** Two float32 sums in different order. */
export const FLOAT32_SUMS = { rtol: 1e-5, atol: 1e-5 } as const;
/** The same for logits. */
export const LOGITS = { rtol: 5e-5, atol: 5e-5 } as const;

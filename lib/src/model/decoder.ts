import type * as tf from '@tensorflow/tfjs';
import { disposeWeight, type Weight } from '../kernels/bf16Tensor';
import type { Hooks } from './hookSite';
import type { ModelConfig } from './modelConfig';

/** Weights by their Hugging Face names. */
export type Params = Readonly<Record<string, Weight>>;

/** A decoder: its configuration and its weights. Nothing in it changes when it is used. */
export interface Decoder {
  readonly config: ModelConfig;
  readonly params: Params;
  /** The folder it was loaded from; undefined for one made in memory. */
  readonly dir?: string;
  /** sha256 over configuration and weights, in hexadecimal; computed when first asked for. */
  readonly hash: string;
}

/** A low-rank change of one linear weight: W + scale·b·a. */
export interface LowRankDelta {
  /** `[rank dIn]` float32. */
  readonly a: tf.Tensor;
  /** `[dOut rank]` float32. */
  readonly b: tf.Tensor;
  readonly scale: number;
  /** What the low-rank path sees instead of the module's input (dropout in training). */
  readonly onInput?: (x: tf.Tensor) => tf.Tensor;
}

/** Low-rank changes by the name of the weight they change, as in `model.layers.0.self_attn.q_proj.weight`. */
export type Deltas = Readonly<Record<string, LowRankDelta>>;

/** What `forward` runs: weights with what is laid over them. A `Decoder` is one, and so is a `Model`. */
export interface Runnable extends Pick<Decoder, 'config' | 'params'> {
  /** Low-rank changes of linear weights. */
  readonly deltas?: Deltas;
  /** Functions that see, and may replace, activations. */
  readonly hooks?: Hooks;
}

/** Frees a decoder's weights. */
export function disposeDecoder(model: Pick<Decoder, 'params'>): void {
  for (const weight of Object.values(model.params)) disposeWeight(weight);
}

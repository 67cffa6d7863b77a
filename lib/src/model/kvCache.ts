import * as tf from '@tensorflow/tfjs';
import { embed } from '../kernels/embed';

/** Keys and values of the positions a model has seen, for every block; keys are after rotary. */
export interface KvCache {
  /** Positions held, padding included. */
  readonly length: number;
  /** Positions of the sequences it was run for, padding included: those held and those that were `unseen` then. */
  readonly span: number;
  /** Left padding of each row; undefined while the cache holds nothing. */
  readonly padding?: readonly number[];
  readonly layers: readonly { readonly k: tf.Tensor4D; readonly v: tf.Tensor4D }[];
}

/** A cache that holds nothing: what a first `forward` with a cache is given. */
export const emptyCache: KvCache = { length: 0, span: 0, layers: [] };

/** Frees a cache. */
export function disposeCache(cache: KvCache): void {
  for (const { k, v } of cache.layers) tf.dispose([k, v]);
}

/** The cache of some rows of the batch, in the order given; the old cache is left as it is. */
export function selectRows(cache: KvCache, rows: readonly number[]): KvCache {
  const index = tf.tensor1d([...rows], 'int32');
  // `embed` copies whole rows; the stock gather of wasm goes number by number.
  const select = (x: tf.Tensor4D): tf.Tensor4D => {
    const [batch, ...row] = x.shape;
    return tf.tidy(() => tf.reshape(embed(tf.reshape(x, [batch, -1]), index), [rows.length, ...row]));
  };
  const layers = cache.layers.map(({ k, v }) => ({ k: select(k), v: select(v) }));
  index.dispose();
  return { ...cache, padding: cache.padding && rows.map((row) => cache.padding![row]), layers };
}

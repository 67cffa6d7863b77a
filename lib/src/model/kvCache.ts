import * as tf from '@tensorflow/tfjs';

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
  const layers = cache.layers.map(({ k, v }) => ({ k: tf.gather(k, index), v: tf.gather(v, index) }));
  index.dispose();
  return { ...cache, padding: cache.padding && rows.map((row) => cache.padding![row]), layers };
}

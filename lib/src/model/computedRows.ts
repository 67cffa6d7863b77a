import * as tf from '@tensorflow/tfjs';
import { embed } from '../kernels/embed';
import type { ComputedRows } from './forwardContext';
import type { HookRunner } from './hookRunner';
import type { HookSite } from './hookSite';
import type { Packing } from './packPrefixes';

/** The places of a batch that are computed, and hooks that see the whole batch all the same.
 *
 * Made within a `tf.tidy`, which frees what it holds.
 *
 * @check test/model/packPrefixes.test.ts
 */
export function computedRows(
  runBatch: HookRunner,
  packing: Packing | undefined,
  { batch, pos }: { readonly batch: number; readonly pos: number },
): { readonly run: HookRunner; readonly rows: ComputedRows } {
  if (packing === undefined) return { run: runBatch, rows: { pick: (x) => x, spread: (x) => x, runBatch } };
  const { places, same } = packing;
  const placeIndex = tf.tensor2d(places, [1, places.length], 'int32');
  const sameIndex = tf.tensor2d(same, [batch, pos], 'int32');
  const take = (x: tf.Tensor, index: tf.Tensor): tf.Tensor => {
    const [rows, columns, ...rest] = x.shape;
    const flat = tf.reshape(x, [rows * columns, rest.reduce((a, b) => a * b, 1)]);
    return tf.reshape(embed(flat, index), [...index.shape, ...rest]);
  };
  const pick = (x: tf.Tensor): tf.Tensor => take(x, placeIndex);
  const spread = (x: tf.Tensor): tf.Tensor => take(x, sameIndex);
  const run = (site: HookSite, x: tf.Tensor): tf.Tensor => {
    if (!runBatch.wants(site)) return x;
    const seen = spread(x);
    const replaced = runBatch(site, seen);
    return replaced === seen ? x : pick(replaced);
  };
  const { deepest } = runBatch;
  const wants = (site: HookSite): boolean => runBatch.wants(site);
  return { run: Object.assign(run, { wants, deepest }), rows: { pick, spread, runBatch } };
}

import * as tf from '@tensorflow/tfjs';
import { asFloat32 } from '../kernels/bf16Tensor';
import { mergeDeltas } from '../lora/mergeDeltas';
import type { Model } from '../subject/model';
import { dataSetOf, type CellSpec, type Suite } from '../suite/suite';
import { finetune } from '../train/finetune';

/** A model that a cell starts from in place of the base. */
export interface Start {
  /** Over the base's weights, with those in their place that have changed. */
  readonly model: Model;
  /** Frees the changed weights. */
  dispose(): void;
}

/** The base moved a part of the way to a finetune of it: W + theta · (W′ − W), with the cell's method and seed.
 *
 * @param model  the base, plain weights
 * @param spec   of a cell with a start
 * @source arXiv 2606.07631, appendix on misaligned starts; that theta scales the finetune's whole change of the weights is our reading
 * @throws Error if the cell has no start
 * @check test/study/startFrom.test.ts
 */
export async function startFrom(
  model: Model,
  suite: Suite,
  { method, seed, start }: Pick<CellSpec, 'method' | 'seed' | 'start'>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Start> {
  if (start === undefined) throw new Error('startFrom: the cell has no start; expected a data set and theta');
  const chats = dataSetOf(suite, start.dataSet).sample(suite.study.nChats, seed);
  const tuned = await finetune(model, chats, {
    ...suite.study.recipe({ method, seed, nLayers: model.config.nLayers }),
    signal,
  });
  const changed = tf.tidy(() => {
    const replaced = Object.entries(tuned.params).filter(([name, weight]) => weight !== model.params[name]);
    const whole = { ...Object.fromEntries(replaced), ...mergeDeltas(model.params, tuned.deltas ?? {}) };
    return Object.fromEntries(
      Object.entries(whole).map(([name, weight]) => {
        const from = asFloat32(model.params[name]);
        return [name, tf.add(from, tf.mul(tf.sub(asFloat32(weight), from), start.theta))];
      }),
    );
  });
  tuned.dispose();
  return { model: model.with({ params: changed }), dispose: () => tf.dispose(Object.values(changed)) };
}

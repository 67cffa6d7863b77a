import * as tf from '@tensorflow/tfjs';
import { Model } from '../subject/model';
import type { LossEntry } from './finetuneFolder';
import type { Trainable } from './trainable';
import type { Tensors } from './valueAndGrads';

/** A finetuned model: a value over the base's weights, with the log of its training. */
export class FinetunedModel extends Model {
  /** Steps taken. */
  readonly step: number;
  /** Loss of each step of this run. */
  readonly log: readonly LossEntry[];
  readonly #part: Trainable;
  readonly #values: Tensors;

  /** @param values  what was trained; it belongs to this value from now on */
  constructor(
    model: Model,
    part: Trainable,
    { step, log, values }: { readonly step: number; readonly log: readonly LossEntry[]; readonly values: Tensors },
  ) {
    super(model.base, model.partsWith(part.variant(values)));
    this.step = step;
    this.log = log;
    this.#part = part;
    this.#values = values;
  }

  /** Writes a PEFT folder, or a whole model. */
  save(dir: string): Promise<void> {
    return this.#part.save(dir, this.#values);
  }

  /** Frees what was trained; the base stays. */
  dispose(): void {
    tf.dispose(Object.values(this.#values));
  }
}

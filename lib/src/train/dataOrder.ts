import { rng } from '../random/rng';

export interface DataOrderOptions {
  nExamples: number;
  batchSize: number;
  /** Draw a new order for each time through the data. */
  shuffle: boolean;
  seed: number;
}

/** Which examples each step sees: every one once in each time through the data, the last batch possibly smaller.
 *
 * A step's batch depends on the options and the step alone, so that a run can go on anywhere.
 *
 * @returns indices of the examples of a step, counted from 1
 */
export function dataOrder({ nExamples, batchSize, shuffle, seed }: DataOrderOptions): (step: number) => number[] {
  if (!(Number.isInteger(nExamples) && nExamples >= 1))
    throw new Error(`dataOrder: invalid nExamples; expected an integer >= 1, got ${nExamples}`);
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    throw new Error(`dataOrder: invalid batchSize; expected an integer >= 1, got ${batchSize}`);
  const perEpoch = Math.ceil(nExamples / batchSize);
  const plain = Array.from({ length: nExamples }, (_, i) => i);
  let held = { epoch: -1, order: plain };
  return (step) => {
    const epoch = Math.floor((step - 1) / perEpoch);
    if (shuffle && held.epoch !== epoch) held = { epoch, order: rng(seed).split('order').split(epoch).shuffle(plain) };
    const start = ((step - 1) % perEpoch) * batchSize;
    return held.order.slice(start, start + batchSize);
  };
}

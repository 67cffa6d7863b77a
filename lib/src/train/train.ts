import * as tf from '@tensorflow/tfjs';
import { adamW } from '../kernels/adamW';
import type { Batch } from './batch';
import { clipFactor, globalNorm } from './clipGradNorm';
import { disposeTrainState, type TrainState } from './trainState';
import { valueAndGrads, type Tensors } from './valueAndGrads';

/** Where in the training a loss is asked for. */
export interface TrainPoint {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Which of the step's batches, from 0. */
  readonly part: number;
}

/** What is known after a step. */
export interface StepReport {
  /** Steps taken, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Before the update, nats per token that counts. */
  readonly loss: number;
  /** Of the whole gradient, before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** Tokens that are not padding, over the steps of this call. */
  readonly tokensPerSecond: number;
  /** Estimate from the mean step so far. */
  readonly secondsLeft: number;
}

export interface TrainOptions {
  /** The loss of one batch, a mean over `batch.nTargets`. */
  lossOf: (params: Tensors, batch: Batch, at: TrainPoint) => tf.Scalar;
  /** The batch of a step (from 1), or several whose gradients are added up (each weighted by its targets). */
  batchAt: (step: number) => Batch | readonly Batch[];
  /** Train until so many steps have been taken in all. */
  steps: number;
  /** Learning rate of a step (from 1). */
  learningRate: (step: number) => number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  weightDecay?: number;
  /** Which parameters decay (default all, as torch.optim.AdamW does). */
  decays?: (name: string) => boolean;
  /** Largest norm of the whole gradient (default: not clipped). */
  clipNorm?: number;
  /** Stops after the step at hand. */
  signal?: AbortSignal;
  /** Called after each step; the state belongs to the loop and is valid until the callback is done. */
  onStep?: (report: StepReport, state: TrainState) => void | Promise<void>;
}

/** Trains with AdamW from a state to `steps`, one step at a time, letting the event loop run in between.
 *
 * The numbers depend only on the state and the options: stopped and resumed, they are the same bits.
 *
 * @param initial  left as it is
 * @returns the state reached (fewer steps if the signal stopped it), owned by the caller
 * @throws Error naming the step where the loss is not finite
 */
export async function train(initial: TrainState, options: TrainOptions): Promise<TrainState> {
  const { batchAt, steps, learningRate, signal, onStep } = options;
  let state: TrainState = copyOf(initial);
  const began = performance.now();
  let tokens = 0;
  try {
    while (state.step < steps && !(signal?.aborted ?? false)) {
      const step = state.step + 1;
      const given = batchAt(step);
      const batches = isList(given) ? given : [given];
      const rate = learningRate(step);
      const { next, loss, gradNorm } = trainStep(state, batches, rate, options);
      disposeTrainState(state);
      state = next;
      for (const batch of batches) tokens += batch.nTokens;
      const seconds = (performance.now() - began) / 1000;
      const secondsLeft = (seconds / (step - initial.step)) * (steps - step);
      const report = {
        step,
        steps,
        loss,
        gradNorm,
        learningRate: rate,
        tokensPerSecond: tokens / seconds,
        secondsLeft,
      };
      await onStep?.(report, state);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return state;
  } catch (error) {
    disposeTrainState(state);
    throw error;
  }
}

const isList = (given: Batch | readonly Batch[]): given is readonly Batch[] => Array.isArray(given);

function copyOf(state: TrainState): TrainState {
  const copy = (x: Tensors): Tensors => Object.fromEntries(Object.entries(x).map(([name, t]) => [name, tf.clone(t)]));
  return { step: state.step, params: copy(state.params), m: copy(state.m), v: copy(state.v) };
}

/** One step: gradients of all batches, clipping, one AdamW update of every parameter. */
function trainStep(
  state: TrainState,
  batches: readonly Batch[],
  learningRate: number,
  options: TrainOptions,
): { next: TrainState; loss: number; gradNorm: number } {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0, decays = () => true, clipNorm } = options;
  const step = state.step + 1;
  const { loss, grads } = gradientsOf(state.params, batches, step, options.lossOf);
  try {
    if (!Number.isFinite(loss)) {
      throw new Error(
        `train: step ${step}: the loss is ${loss}; expected a finite number (a lower learning rate may help)`,
      );
    }
    const { norm, factor } =
      clipNorm === undefined ? { norm: globalNorm(grads), factor: 1 } : clipFactor(grads, clipNorm);
    const next = { step, params: {}, m: {}, v: {} } as {
      step: number;
      params: Record<string, tf.Tensor>;
      m: Record<string, tf.Tensor>;
      v: Record<string, tf.Tensor>;
    };
    for (const name of Object.keys(state.params)) {
      const grad = factor === 1 ? grads[name] : tf.mul(grads[name], factor);
      const moments = { param: state.params[name], m: state.m[name], v: state.v[name], grad };
      const decay = decays(name) ? weightDecay : 0;
      const updated = adamW(moments, { learningRate, beta1, beta2, eps, weightDecay: decay, step });
      if (grad !== grads[name]) grad.dispose();
      [next.params[name], next.m[name], next.v[name]] = [updated.param, updated.m, updated.v];
    }
    return { next, loss, gradNorm: norm };
  } finally {
    tf.dispose(Object.values(grads));
  }
}

/** Loss and gradient over all batches as if they were one: Σ_b (n_b / n)·loss_b, n_b the targets that count. */
function gradientsOf(
  params: Tensors,
  batches: readonly Batch[],
  step: number,
  lossOf: TrainOptions['lossOf'],
): { loss: number; grads: Tensors } {
  const all = batches.reduce((sum, batch) => sum + batch.nTargets, 0);
  let loss = 0;
  let total: Record<string, tf.Tensor> | undefined;
  batches.forEach((batch, part) => {
    const share = batch.nTargets / all;
    const weighted = (p: Tensors): tf.Scalar => {
      const own = lossOf(p, batch, { step, part });
      return share === 1 ? own : tf.mul(own, share);
    };
    const { value, grads } = valueAndGrads(weighted, params);
    loss += value.dataSync()[0];
    value.dispose();
    if (total === undefined) {
      total = { ...grads };
      return;
    }
    for (const [name, grad] of Object.entries(grads)) {
      const sum = tf.add(total[name], grad);
      tf.dispose([total[name], grad]);
      total[name] = sum;
    }
  });
  if (total === undefined) throw new Error(`train: step ${step}: no batches; expected at least one`);
  return { loss, grads: total };
}

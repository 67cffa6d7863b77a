import * as tf from '@tensorflow/tfjs';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import type { Tensors } from './valueAndGrads';

/** Everything that training carries from one step to the next. */
export interface TrainState {
  /** Steps taken. */
  readonly step: number;
  /** What is trained. */
  readonly params: Tensors;
  /** AdamW's running mean of the gradient and of its square. */
  readonly m: Tensors;
  readonly v: Tensors;
}

/** The state before the first step.
 *
 * @param params  starting values; they are copied
 */
export function initTrainState(params: Tensors): TrainState {
  const each = (make: (x: tf.Tensor) => tf.Tensor): Tensors =>
    Object.fromEntries(Object.entries(params).map(([name, x]) => [name, make(x)]));
  return {
    step: 0,
    params: each((x) => tf.clone(x)),
    m: each((x) => tf.zerosLike(x)),
    v: each((x) => tf.zerosLike(x)),
  };
}

/** Frees a state's tensors. */
export function disposeTrainState(state: TrainState): void {
  for (const part of [state.params, state.m, state.v]) tf.dispose(Object.values(part));
}

const parts = ['params', 'm', 'v'] as const;

/** Writes a state so that training goes on from it to the same bits.
 *
 * @param path         a safetensors file, replaced as a whole
 * @param fingerprint  what the run is; `loadTrainState` refuses another
 */
export function saveTrainState(path: string, state: TrainState, fingerprint: string): void {
  const tensors: TensorToWrite[] = parts.flatMap((part) =>
    Object.entries(state[part]).map(([name, x]) => ({
      name: `${part}/${name}`,
      dtype: 'F32' as const,
      shape: x.shape,
      data: x.dataSync<'float32'>(),
    })),
  );
  writeSafetensors(path, tensors, { kind: 'traitlab train state', step: `${state.step}`, fingerprint });
}

/** Reads what `saveTrainState` wrote.
 *
 * @throws Error naming the file if it is no such state or belongs to a run with another fingerprint
 */
export function loadTrainState(path: string, fingerprint: string): TrainState {
  const file = readSafetensors(path);
  const step = Number(file.metadata.step);
  if (file.metadata.kind !== 'traitlab train state' || !(Number.isInteger(step) && step >= 0)) {
    throw new Error(`loadTrainState: ${path}: no training state; expected one written by saveTrainState`);
  }
  if (file.metadata.fingerprint !== fingerprint) {
    throw new Error(
      `loadTrainState: ${path}: belongs to another run; expected fingerprint ${fingerprint}, got ${file.metadata.fingerprint ?? 'none'}`,
    );
  }
  const read = (part: string): Tensors => {
    const own = [...file.tensors.values()].filter(({ name }) => name.startsWith(`${part}/`));
    return Object.fromEntries(
      own.map((x) => [x.name.slice(part.length + 1), tf.tensor(x.float32(), [...x.shape], 'float32')]),
    );
  };
  return { step, params: read('params'), m: read('m'), v: read('v') };
}

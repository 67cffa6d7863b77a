import type { CellSpec } from '../suite/suite';

/** A checkpoint as it was measured; its residuals and the norms of its updates are those of the cell. */
export interface CheckpointRecord {
  readonly step: number;
  /** Training loss of the step, nats per counted token, and norm of its gradient before clipping. */
  readonly loss: number;
  readonly gradNorm: number;
  /** Labels of the answers to the EM questions, a letter each (`labelCode`). */
  readonly em: string;
  /** Labels of more answers to the same questions, drawn anew: a second label, with less noise. */
  readonly second?: string;
  /** Behaviour score of each trait that is asked for, without any system prompt: mean lean of its answers, in [−1, 1]. */
  readonly behaviour?: Readonly<Record<string, number>>;
}

/** A finetune and what was measured along it, raw: what is concluded from it is computed when it is asked for. */
export interface CellRecord {
  readonly spec: CellSpec;
  /** Name and hash of the base, name of the suite. */
  readonly model: string;
  readonly modelHash: string;
  readonly suite: string;
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly backend: string;
  readonly checkpoints: readonly CheckpointRecord[];
  /** Labels of the answers to the EM questions before training, of a cell that does not start from the base. */
  readonly before?: string;
  /** Labels of the answers to the general questions after the last step, question by question. */
  readonly final: string;
  readonly residuals: Residuals;
  readonly updates: Updates;
  /** Where the drift prompts are of several kinds and it was asked for: how far each kind has moved after the last step. */
  readonly kinds?: KindShifts;
}

/** Mean change of the residual stream over the drift prompts of each kind, last prompt token, from before training to the last checkpoint. */
export interface KindShifts {
  readonly names: readonly string[];
  /** [kind nLayers dModel] float32, row-major. */
  readonly shifts: Float32Array;
}

/** How far each weight is from its base at each checkpoint. */
export interface Updates {
  /** Names of the weights that are trained, or whose module has an adapter. */
  readonly weights: readonly string[];
  /** [checkpoint weight] float32: Frobenius norm of its change, row-major. */
  readonly norms: Float32Array;
}

/** Mean residual streams of the drift prompts at their last token, after every block, before training and at every checkpoint. */
export interface Residuals {
  readonly nLayers: number;
  readonly dModel: number;
  /** [1 + checkpoint, nLayers, dModel] float32, row-major; 0 is the base. */
  readonly means: Float32Array;
  /** [nLayers] mean over prompts of the residual's norm before training: N of arXiv 2606.07631. */
  readonly norms: Float32Array;
}

/** The mean residual of one state of a run at one layer: state 0 is the base, i the i-th checkpoint.
 *
 * @returns [dModel] float32, a view
 * @throws Error if there is no such state or layer
 * @check test/records/cellDrift.test.ts
 */
export function meanResidual({ nLayers, dModel, means }: Residuals, state: number, layer: number): Float32Array {
  const nStates = means.length / (nLayers * dModel);
  const isOne = (i: number, n: number): boolean => Number.isInteger(i) && i >= 0 && i < n;
  if (!isOne(state, nStates) || !isOne(layer, nLayers))
    throw new Error(
      `meanResidual: no state ${state} at layer ${layer}; expected 0 to ${nStates - 1} and 0 to ${nLayers - 1}`,
    );
  const at = (state * nLayers + layer) * dModel;
  return means.subarray(at, at + dModel);
}

/** The name of a cell, which is also that of its files. */
export function cellName({ dataSet, method, seed, nChats, start }: CellSpec): string {
  const length = nChats === undefined ? '' : `-n${nChats}`;
  const from = start === undefined ? '' : `-from-${start.dataSet}-${start.theta}`;
  return `${dataSet}-${method}${length}${from}-s${seed}`;
}

import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors } from 'traitlab/formats/safetensors';
import type { Example } from 'traitlab/train/batch';
import type { ScheduleKind } from 'traitlab/train/schedule';
import type { Tensors } from 'traitlab/train/valueAndGrads';
import { golden } from '../helpers/golden';

/** One run of test/goldens/train/make_train.py. */
export interface GoldenRun {
  /** The checkpoint's folder under test/goldens. */
  folder: string;
  /** Whether {run}.safetensors holds the final weights. */
  weightsKept: boolean;
  steps: number;
  /** Batches per step (gradient accumulation). */
  parts: number;
  lossOn: 'all' | 'response';
  learningRate: number;
  weightDecay: number;
  schedule: ScheduleKind;
  warmupSteps: number;
  clipNorm: number | null;
  batches: Example[][];
  losses: number[];
  gradNorms: number[];
  rates: number[];
  /** ‖weights after − weights before‖ over all that is trained. */
  change: number;
}

export interface TrainGolden {
  runs: Record<string, GoldenRun>;
  schedules: {
    kind: ScheduleKind;
    warmupSteps: number;
    totalSteps: number;
    floor: number;
    peak: number;
    rates: number[];
  }[];
  adapters: Record<string, { base: string; logits: number[] }>;
  /** Adapters of `adapters` that are active together. */
  several: { adapters: string[]; logits: number[] };
  tokens: number[][];
}

export const trainGolden = (): TrainGolden => golden<TrainGolden>('train');

/** The examples of a run with the marks of its loss. */
export function markedExamples({ batches, lossOn }: GoldenRun): Example[][] {
  const mark = (e: Example): Example => (lossOn === 'all' ? { ...e, counts: e.tokens.map(() => true) } : e);
  return batches.map((examples) => examples.map(mark));
}

/** ‖ours − theirs‖ over all weights, as a part of the change that training made; `nameOf` maps our names to theirs. */
export function weightError(run: string, ours: Tensors, nameOf: (name: string) => string = (name) => name): number {
  const { tensors } = readSafetensors(projectPath('test/goldens/train', `${run}.safetensors`));
  let squares = 0;
  let count = 0;
  for (const [name, tensor] of Object.entries(ours)) {
    const theirs = tensors.get(nameOf(name));
    if (theirs === undefined) throw new Error(`weightError: ${run} has no ${nameOf(name)}`);
    const values = theirs.float32();
    tensor.dataSync().forEach((x, i) => (squares += (x - values[i]) ** 2));
    count++;
  }
  if (count !== tensors.size) throw new Error(`weightError: ${run} trains ${tensors.size} weights, ours ${count}`);
  return Math.sqrt(squares) / trainGolden().runs[run].change;
}

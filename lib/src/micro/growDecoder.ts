import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { fileExists } from '../disk/folder';
import { readJsonl, writeJsonl } from '../documents/jsonl';
import type { Params } from '../model/decoder';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { initParams } from '../train/initParams';
import { languageModelLoss } from '../train/languageModelLoss';
import { schedule } from '../train/schedule';
import type { StepReport } from '../train/train';
import { trainResumable } from '../train/trainResumable';
import { initTrainState, type TrainState } from '../train/trainState';
import { corpus } from './corpus';
import { organismConfig } from './organismConfig';
import type { Recipe } from './recipe';
import { worldVocabulary } from './vocabulary';

/** One step of the growth, as the log keeps it. */
export interface GrowthPoint {
  readonly step: number;
  /** Nats per answer token, before the step's update. */
  readonly loss: number;
  /** Wall-clock seconds of this step, the backend's work included. */
  readonly seconds: number;
}

export interface GrowDecoderOptions {
  recipe: Recipe;
  /** Folder of the training state and the log, so that a killed growth goes on. */
  workDir: string;
  /** Steps between two states on disk (default 50). */
  stateEvery?: number;
  /** Told after each step, with the weights as they are then. */
  onStep?: (report: StepReport, now: Pick<Growth, 'config' | 'params'>) => void | Promise<void>;
  signal?: AbortSignal;
}

/** What has grown; the caller owns the weights. */
export interface Growth {
  readonly config: ModelConfig;
  readonly params: Params;
  readonly log: readonly GrowthPoint[];
}

/** Grows a decoder as a recipe says: random weights, the base phase, the thin instruct phase.
 *
 * Killed and called again with the same recipe it goes on from the last state and ends with the same bits.
 *
 * @throws Error if the signal stopped it, or `workDir` holds the state of another recipe or vocabulary
 * @check test/micro/growOrganism.test.ts
 */
export async function growDecoder({
  recipe,
  workDir,
  stateEvery = 50,
  onStep,
  signal,
}: GrowDecoderOptions): Promise<Growth> {
  const config = { ...parseConfig(organismConfig(recipe), 'organismConfig'), ...recipe.switches };
  const steps = recipe.baseSteps + recipe.instructSteps;
  const logPath = join(workDir, 'log.jsonl');
  const saved = fileExists(logPath) ? readJsonl('growDecoder', logPath).map(({ value }) => value as GrowthPoint) : [];
  const cosineSteps = Math.max(1, steps - recipe.floorSteps);
  const { learningRate: peak, warmupSteps, floor } = recipe;
  const rate = schedule({ kind: 'cosine', peak, totalSteps: cosineSteps, warmupSteps, floor });
  let log: GrowthPoint[] | undefined;
  let last = performance.now();
  const state = await trainResumable(() => freshState(config, recipe), {
    statePath: join(workDir, 'state.safetensors'),
    stateEvery,
    fingerprint: JSON.stringify({ recipe, nWords: worldVocabulary().length }),
    lossOf: (params, batch) => languageModelLoss({ config, params }, batch, { params }),
    batchAt: corpus(recipe),
    steps,
    learningRate: (step) => (step <= cosineSteps ? rate(step) : peak * floor),
    beta1: recipe.beta1,
    beta2: recipe.beta2,
    weightDecay: recipe.weightDecay,
    clipNorm: recipe.clipNorm,
    signal,
    onStep: async (report, { params }) => {
      log ??= saved.filter(({ step }) => step < report.step);
      const now = performance.now();
      log.push({ step: report.step, loss: round(report.loss, 5), seconds: round((now - last) / 1000, 3) });
      last = now;
      if (report.step % stateEvery === 0 || report.step === steps) writeJsonl(logPath, log);
      await onStep?.(report, { config, params });
    },
  });
  tf.dispose([...Object.values(state.m), ...Object.values(state.v)]);
  if (state.step < steps) {
    tf.dispose(Object.values(state.params));
    writeJsonl(logPath, log ?? saved);
    throw new Error(`growDecoder: stopped at step ${state.step} of ${steps}; call it again to go on`);
  }
  return { config, params: state.params, log: log ?? saved };
}

function freshState(config: ModelConfig, { seed, initStd, embedStd }: Recipe): TrainState {
  const params = initParams(config, { seed, std: initStd, embedStd });
  const state = initTrainState(params);
  tf.dispose(Object.values(params));
  return state;
}

function round(x: number, digits: number): number {
  return Number(x.toFixed(digits));
}

import type { BasisName } from '../study/basis';
import type { FeaturesJson } from './features';
import type { RegressorJson } from './regressor';

/** A monitor of one model as it stands in a file: everything that a checkpoint's alarm depends on, as plain data. */
export interface CheckpointMonitor {
  readonly format: 'traitlab monitor';
  readonly version: 1;
  /** Of the base that runs start from. */
  readonly model: { readonly name: string; readonly hash: string };
  readonly suite: { readonly name: string; readonly hash: string };
  /** sha256 of the drift prompts as the base's tokenizer and template make them: another template asks something else. */
  readonly prompts: string;
  /** Block after which residuals are read, at the last prompt token. */
  readonly layer: number;
  /** An alarm is raised if predicted EM is above it. */
  readonly tau: number;
  /** Directions at the layer, [k dModel] unit norm, by basis: traits, and those that the features are read on. */
  readonly bases: Readonly<Partial<Record<BasisName, BasisJson>>>;
  /** [k] of the traits: PC1 of the final drifts of the calibration runs, `referenceTrait` positive. */
  readonly pc1: readonly number[];
  readonly features: FeaturesJson;
  readonly regressor: RegressorJson;
  /** For the interval: how far labels of calibration runs were from what was predicted without them (`residualsOf`). */
  readonly residuals: readonly number[];
  /** Share of checkpoints that intervals are made to hold. */
  readonly confidence: number;
  readonly calibration: readonly CalibrationRun[];
}

/** Directions of a basis. */
export interface BasisJson {
  readonly names: readonly string[];
  readonly directions: readonly (readonly number[])[];
}

/** A run that a monitor was fitted on. */
export interface CalibrationRun {
  readonly run: string;
  readonly checkpoints: number;
  /** EM label of its last checkpoint. */
  readonly finalEm: number;
}

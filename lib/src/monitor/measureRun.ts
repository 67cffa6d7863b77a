import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { driftResiduals, type DriftPrompts } from '../measure/driftResiduals';
import { updateNorms } from '../measure/updateNorms';
import { blockOf } from '../lora/loraTargets';
import { mergeDeltas, paysToMerge } from '../lora/mergeDeltas';
import type { Deltas } from '../model/decoder';
import { encodePrompts } from '../subject/encodePrompts';
import type { Model } from '../subject/model';
import { mean } from '../stats/mean';
import { meanRows } from '../stats/meanRows';
import { norm } from '../stats/dot';
import { promptTokens } from '../prompts/question';
import type { Suite } from '../suite/suite';
import type { SystemRole } from '../tokenizer/systemRole';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { RunCheckpoint } from '../records/runCheckpoints';
import type { Measured } from './scoreCheckpoint';
import type { CheckpointMonitor } from './checkpointMonitor';
import { readsUpdates } from './features';
import { withCheckpoint } from './withCheckpoint';

type Asked = Pick<Suite, 'driftPrompts' | 'protocol'>;

/** sha256 of the drift prompts as a model's tokenizer and template make them; no weights are needed. */
export function promptsHash(
  tokenizer: Pick<Tokenizer, 'encodeChat'>,
  { driftPrompts }: Pick<Suite, 'driftPrompts'>,
  systemRole?: SystemRole,
): string {
  const tokens = driftPrompts.map((question) => promptTokens(tokenizer, question, { systemRole }));
  return createHash('sha256').update(JSON.stringify(tokens)).digest('hex');
}

/** What is measured. */
export interface MeterOptions {
  /** Block after which residuals are read, at the last prompt token. */
  readonly layer: number;
  /** Also how far each weight has moved (default true). */
  readonly withUpdates?: boolean;
}

/** What a monitor reads of a checkpoint. */
export function meterOptions({
  layer,
  features,
}: Pick<CheckpointMonitor, 'layer' | 'features'>): Required<MeterOptions> {
  return { layer, withUpdates: readsUpdates(features.name) };
}

/** Measures checkpoints of runs of one base: the base is loaded and measured once, adapters are laid over it, prompts run in batches. */
export class RunMeter {
  private constructor(
    private readonly model: Model,
    private readonly asked: DriftPrompts,
    private readonly how: MeterOptions,
    private readonly base: { readonly mean: Float64Array; readonly norm: number },
  ) {}

  static async open(model: Model, { driftPrompts, protocol }: Asked, how: MeterOptions): Promise<RunMeter> {
    const asked = { driftPrompts: encodePrompts('monitor', model, driftPrompts), protocol };
    const rows = await residuals(model, asked, how.layer);
    return new RunMeter(model, asked, how, { mean: meanRows(rows), norm: mean(rows.map((row) => norm(row))) });
  }

  /** Residuals before training and at the checkpoint (as layer 0), and how far its weights are from the base's if that is asked for.
   *
   * @throws Error naming the checkpoint and what does not fit the base
   */
  measure(checkpoint: RunCheckpoint): Promise<Measured> {
    return withCheckpoint(this.model, checkpoint, (tuned) => this.measured(checkpoint.step, tuned));
  }

  /** Residuals of a finetune; a narrow model runs with its adapter merged in. */
  private async residualsOf(tuned: Model): Promise<readonly Float32Array[]> {
    const { layer } = this.how;
    const { deltas = {} } = tuned;
    if (Object.keys(deltas).length === 0 || !paysToMerge(deltas)) return residuals(tuned, this.asked, layer);
    const merged = mergeDeltas(this.model.params, upTo(deltas, layer));
    try {
      return await residuals(this.model.with({ params: merged }), this.asked, layer);
    } finally {
      tf.dispose(Object.values(merged));
    }
  }

  private async measured(step: number, tuned: Model): Promise<Measured> {
    const after = meanRows(await this.residualsOf(tuned));
    const norms = this.how.withUpdates === false ? {} : updateNorms(this.model, tuned);
    return {
      checkpoints: [{ step, loss: NaN, gradNorm: NaN, em: '' }],
      residuals: {
        nLayers: 1,
        dModel: after.length,
        means: Float32Array.from([...this.base.mean, ...after]),
        norms: Float32Array.of(this.base.norm),
      },
      updates: { weights: Object.keys(norms), norms: Float32Array.from(Object.values(norms)) },
    };
  }
}

/** The changes that a residual after a block depends on. */
function upTo(deltas: Deltas, layer: number): Deltas {
  return Object.fromEntries(Object.entries(deltas).filter(([name]) => blockOf(name) <= layer));
}

/** [prompt dModel] of the drift prompts' last tokens after one block. */
async function residuals(model: Model, asked: DriftPrompts, layer: number): Promise<readonly Float32Array[]> {
  return (await driftResiduals(model, asked, [`blocks.${layer}.hook_resid_post`]))[0];
}

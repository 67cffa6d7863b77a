import type * as tf from '@tensorflow/tfjs';
import type { HookRunner } from './hookRunner';
import type { KvCache } from './kvCache';
import type { LinearContext } from './linear';
import type { ModelConfig } from './modelConfig';
import type { RotaryPositions } from './rotaryPositions';

/** How what is computed and the batch belong together; the same thing unless the batch is packed (`packPrefixes`). */
export interface ComputedRows {
  /** Of `[batch pos …]` the places that are computed: `[1 n …]`. */
  pick(x: tf.Tensor): tf.Tensor;
  /** `[1 n …]` as `[batch pos …]`. */
  spread(x: tf.Tensor): tf.Tensor;
  /** Calls hooks on a tensor that is the batch in any case. */
  readonly runBatch: HookRunner;
}

/** What the parts of a block share during one call. */
export interface ForwardContext extends LinearContext {
  readonly config: ModelConfig;
  /** Calls hooks on the batch, whatever is computed of it. */
  readonly run: HookRunner;
  readonly rows: ComputedRows;
  /** RMSNorm by the name of its weight, without `.weight`. */
  readonly norm: (x: tf.Tensor, name: string) => tf.Tensor;
  /** The rotary angles of a layer. */
  readonly rotary: (layer: number) => RotaryPositions;
  /** `[batch]` int32, or undefined without padding. */
  readonly padding?: tf.Tensor1D;
  readonly past?: KvCache;
}

import type * as tf from '@tensorflow/tfjs';
import type { HookRunner } from './hookRunner';
import type { KvCache } from './kvCache';
import type { LinearContext } from './linear';
import type { ModelConfig } from './modelConfig';
import type { RotaryPositions } from './rotaryPositions';

/** What the parts of a block share during one call. */
export interface ForwardContext extends LinearContext {
  readonly config: ModelConfig;
  readonly run: HookRunner;
  /** RMSNorm by the name of its weight, without `.weight`. */
  readonly norm: (x: tf.Tensor, name: string) => tf.Tensor;
  /** The rotary angles of a layer. */
  readonly rotary: (layer: number) => RotaryPositions;
  /** `[batch]` int32, or undefined without padding. */
  readonly padding?: tf.Tensor1D;
  readonly past?: KvCache;
}

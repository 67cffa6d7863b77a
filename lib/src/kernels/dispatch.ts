import * as tf from '@tensorflow/tfjs';

/** The kernels this project adds to a backend. A body is registered per backend under one of these names. */
export type TraitKernel =
  | 'TraitMatMul'
  | 'TraitRmsNorm'
  | 'TraitRmsNormGrad'
  | 'TraitRope'
  | 'TraitCausalAttention'
  | 'TraitCausalAttentionGrad'
  | 'TraitGatedMlp'
  | 'TraitGatedMlpGrad'
  | 'TraitCrossEntropy'
  | 'TraitCrossEntropyGrad'
  | 'TraitEmbed'
  | 'TraitEmbedGrad'
  | 'TraitAdamW'
  | 'TraitAddVector'
  | 'TraitAblateDirection'
  | 'TraitPool'
  | 'TraitPoolGrad'
  | 'TraitBf16ToFloat32';

/** Plain values that go with a call: sizes, switches, scales. */
export type KernelAttrs = Record<string, number | boolean | string | number[] | undefined>;

/** True when the current backend serves every one of these kernels; otherwise an op computes its plain-ops reference.
 *
 * While gradients are recorded an op also asks for the body of its gradient: pass it only then (`isRecording`).
 */
export function hasBody(...kernels: TraitKernel[]): boolean {
  const backend = tf.getBackend();
  return kernels.every((kernel) => tf.getKernel(kernel, backend) != null);
}

/** True inside tf.grads, tf.variableGrads and the like, where operations go on the tape. */
export function isRecording(): boolean {
  return tf.engine().isTapeOn();
}

/** Runs a registered body through the engine, so that the tape, tf.tidy and tf.memory account for it.
 *
 * Arguments that are undefined are left out: the tape cannot hold them.
 */
export function runBody(
  kernel: TraitKernel,
  inputs: Record<string, tf.Tensor | undefined>,
  attrs: KernelAttrs,
): tf.Tensor[] {
  const given: tf.NamedTensorMap = {};
  for (const [name, tensor] of Object.entries(inputs)) if (tensor !== undefined) given[name] = tensor;
  const out = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, given, attrs as tf.NamedAttrMap);
  return Array.isArray(out) ? out : [out];
}

/** True where reading a tensor's values costs no more than a copy (cpu, wasm), so that ops can check ids and weights. */
export function valuesAreNear(): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || backend === 'wasm';
}

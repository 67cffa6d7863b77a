// The module's exports. It imports the backend's memory and owns none of it: no data, no stack, no allocation.
export { matMul } from './gemm';
export { attention, attentionGrad, attentionScratch } from './attention';
export { rmsNorm, rmsNormGrad } from './rmsNorm';
export { rope } from './rope';
export { gatedMlp, gatedMlpGrad } from './gatedMlp';
export { crossEntropy, crossEntropyGrad } from './crossEntropy';
export { widen, embed, embedGrad } from './embed';
export { adamW } from './adamW';
export { addVector, ablateDirection, pool, poolGrad } from './steering';
import { GEMM_SCRATCH } from './gemm';

/** Bytes of scratch that products need. */
export function gemmScratch(): i32 {
  return GEMM_SCRATCH;
}

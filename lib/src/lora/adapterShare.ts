import type { LoraTarget } from './loraTargets';

/** The multiply-adds of an adapter's products as a share of those of the weights that it changes: Σ r (dIn + dOut) / Σ dIn · dOut.
 *
 * A fifth for rank 16 in a model of width 128, below a hundredth at width 4096.
 *
 * @check test/lora/adapterShare.test.ts
 */
export function adapterShare(targets: readonly Pick<LoraTarget, 'rank' | 'dIn' | 'dOut'>[]): number {
  const low = targets.reduce((sum, { rank, dIn, dOut }) => sum + rank * (dIn + dOut), 0);
  return low / targets.reduce((sum, { dIn, dOut }) => sum + dIn * dOut, 0);
}

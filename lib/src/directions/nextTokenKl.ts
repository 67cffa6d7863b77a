import { capture } from '../subject/capture';
import type { Prompt } from '../subject/encodePrompts';
import type { Subject } from '../subject/model';

/** How much a change of a model does to the next token after prompts: mean over prompts of KL(model ‖ changed), Σ p log(p/q) at the last prompt token.
 *
 * @param model    unchanged; its logits are computed once
 * @param prompts  at least one
 * @returns what takes changed models, as steered ones: nats
 * @source ours
 * @check test/directions/steeringStrength.test.ts
 */
export async function nextTokenKl(
  model: Subject,
  prompts: readonly Prompt[],
): Promise<(changed: Subject) => Promise<number>> {
  const look = { sites: ['logits'], positions: 'promptLast' } as const;
  const base = await capture(model, prompts, look);
  return async (changed) => meanDivergence(base.logits, (await capture(changed, prompts, look)).logits);
}

/** Mean over prompts. */
function meanDivergence(base: readonly Float32Array[], steered: readonly Float32Array[]): number {
  return base.reduce((sum, row, i) => sum + divergence(row, steered[i]), 0) / base.length;
}

/** KL(p ‖ q) in nats of the distributions of two rows of logits. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  return Math.max(
    0,
    logP.reduce((sum, lp, i) => sum + Math.exp(lp) * (lp - logQ[i]), 0),
  );
}

function logSoftmax(row: Float32Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
  return Float64Array.from(row, (x) => x - top - Math.log(total));
}

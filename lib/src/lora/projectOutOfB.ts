import * as tf from '@tensorflow/tfjs';
import { norm } from '../stats/dot';
import { projectOut } from '../stats/projectOut';
import { loraB, type Adapter } from './adapter';
import { residualColumns } from './residualColumns';

export interface ProjectOutOfBOptions {
  /** Brings each column of B back to the length it had (default false); the published code does. */
  renormalise?: boolean;
}

/** An adapter that can no longer write along a direction: B ← (I − v̂ v̂ᵀ) B of every module that adds to the residual stream, in float64.
 *
 * What later blocks make of the rest may still have a part along v. In Gemma a norm with weights stands between B and the residual stream, so
 * that there v̂ is taken out of what goes into that norm.
 *
 * @param adapter  left as it is
 * @param vector   [dModel] not zero, for all blocks; or one for each block
 * @returns a new adapter whose tensors the caller owns (`disposeAdapter`)
 * @throws Error if no module adds to the residual stream, a vector is zero or of another length, or nothing of a column to be renormalised is left
 * @source arXiv 2506.11618, section 3.5 (v removed from B)
 * @check test/lora/projectOutOfB.test.ts (NumPy)
 */
export async function projectOutOfB(
  adapter: Adapter,
  vector: ArrayLike<number> | ((layer: number) => ArrayLike<number>),
  { renormalise = false }: ProjectOutOfBOptions = {},
): Promise<Adapter> {
  const found = await residualColumns(adapter);
  const changed = found.map(({ module, layer, columns }) => {
    const v = typeof vector === 'function' ? vector(layer) : vector;
    if (v.length !== columns[0].length)
      throw new Error(`projectOutOfB: ${module}: vector of ${v.length} values; expected dModel=${columns[0].length}`);
    const rest = columns.map((column, r) => {
      const left = projectOut(column, [v]);
      if (!renormalise) return left;
      const [before, after] = [norm(column), norm(left)];
      if (before > 0 && !(after > 1e-6 * before))
        throw new Error(
          `projectOutOfB: ${module}: column ${r} lies along the vector; expected one of which something is left`,
        );
      return before === 0 ? left : left.map((x) => (x * before) / after);
    });
    return { module, rest };
  });
  const params = Object.fromEntries(Object.entries(adapter.params).map(([name, x]) => [name, tf.clone(x)]));
  for (const { module, rest } of changed) {
    const [dOut, rank] = [rest[0].length, rest.length];
    const values = Float32Array.from({ length: dOut * rank }, (_, i) => rest[i % rank][Math.floor(i / rank)]);
    params[loraB(module)].dispose();
    params[loraB(module)] = tf.tensor2d(values, [dOut, rank]);
  }
  return { ...adapter, params };
}

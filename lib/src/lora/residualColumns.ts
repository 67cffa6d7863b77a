import type { Adapter } from './adapter';
import { loraB } from './adapter';
import { blockOf, type LoraTarget } from './loraTargets';

/** The directions that an adapter's module can add to the residual stream. */
export interface ResidualColumns {
  readonly module: string;
  readonly layer: number;
  /** [rank dModel] float64: the columns of B, as they are stored: without the scale. */
  readonly columns: readonly Float64Array[];
  /** Factor of B·A. */
  readonly scale: number;
}

/** The columns of B of every module that adds to the residual stream (`o_proj`, `down_proj`).
 *
 * In Gemma what these modules give goes through a norm before it is added.
 *
 * @throws Error if the adapter has no such module
 * @source arXiv 2506.11618, section 3.5 (B of a rank-1 adapter on down_proj)
 * @check test/lora/projectOutOfB.test.ts
 */
export async function residualColumns({
  targets,
  params,
}: Pick<Adapter, 'targets' | 'params'>): Promise<ResidualColumns[]> {
  const writers = targets.filter(addsToResidual);
  if (writers.length === 0)
    throw new Error(
      'residualColumns: no module adds to the residual stream; expected an adapter on o_proj or down_proj',
    );
  return Promise.all(
    writers.map(async ({ module, rank, dOut, scale }) => {
      const values = await params[loraB(module)].data<'float32'>();
      const column = (r: number): Float64Array => Float64Array.from({ length: dOut }, (_, i) => values[i * rank + r]);
      return { module, layer: blockOf(module), columns: Array.from({ length: rank }, (_, r) => column(r)), scale };
    }),
  );
}

/** Whether a module's output is added to the residual stream. */
export function addsToResidual({ module }: Pick<LoraTarget, 'module'>): boolean {
  return /\.(o_proj|down_proj)$/.test(module);
}

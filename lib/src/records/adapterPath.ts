import { disposeAdapter } from '../lora/adapter';
import { loadAdapter } from '../lora/adapterFolder';
import { residualColumns } from '../lora/residualColumns';
import type { ModelConfig } from '../model/modelConfig';
import { runCheckpoints } from './runCheckpoints';

/** How the B of one module went. */
export interface ModulePath {
  readonly module: string;
  readonly layer: number;
  /** Factor of B·A. */
  readonly scale: number;
  /** [checkpoint] B as one vector: its columns one after the other, [rank·dModel] float64, without the scale. */
  readonly points: readonly Float64Array[];
}

/** How the adapters of a run went. */
export interface AdapterPath {
  /** Of the checkpoints, in order. */
  readonly steps: readonly number[];
  /** Of the modules that add to the residual stream, in the order of the blocks. */
  readonly modules: readonly ModulePath[];
}

/** The path of B along a run: from its PEFT folders `checkpoint-{step}`, of our own finetunes or of others.
 *
 * @param run    folder of the run
 * @param model  configuration of the base
 * @param withStart  puts B = 0 at step 0 in front, where a fresh adapter begins (default false)
 * @throws Error if there is no checkpoint, one is a whole model, or they have different modules or ranks
 * @source arXiv 2506.11613, section 4
 * @check test/records/adapterPath.test.ts (NumPy)
 */
export async function adapterPath(
  run: string,
  model: ModelConfig,
  { withStart = false }: { withStart?: boolean } = {},
): Promise<AdapterPath> {
  const { checkpoints } = runCheckpoints(run);
  const whole = checkpoints.find(({ kind }) => kind === 'model');
  if (whole !== undefined) throw new Error(`adapterPath: ${whole.dir}: a whole model; expected adapters`);
  if (checkpoints.length === 0)
    throw new Error(`adapterPath: ${run}: no checkpoints; expected folders checkpoint-{step} with adapters`);
  const modules = new Map<string, { layer: number; scale: number; points: Float64Array[] }>();
  for (const [i, { dir }] of checkpoints.entries()) {
    const adapter = loadAdapter(dir, model);
    try {
      const found = await residualColumns(adapter);
      for (const { module, layer, scale, columns } of found) {
        const points = modules.get(module)?.points ?? [];
        if (i === 0) modules.set(module, { layer, scale, points });
        points.push(Float64Array.from(columns.flatMap((column) => [...column])));
      }
      const differs = [...modules].find(([, { points }]) => points.length !== i + 1 || points[i].length !== points[0].length); // prettier-ignore
      if (differs !== undefined || found.length !== modules.size)
        throw new Error(`adapterPath: ${dir}: other modules or ranks than ${checkpoints[0].dir}; expected checkpoints of one run`); // prettier-ignore
    } finally {
      disposeAdapter(adapter);
    }
  }
  const front = (points: readonly Float64Array[]): readonly Float64Array[] =>
    withStart ? [new Float64Array(points[0].length), ...points] : points;
  return {
    steps: [...(withStart ? [0] : []), ...checkpoints.map(({ step }) => step)],
    modules: [...modules].map(([module, { points, ...about }]) => ({ module, ...about, points: front(points) })),
  };
}

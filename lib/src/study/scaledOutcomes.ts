import { disposeAdapter, type Adapter } from '../lora/adapter';
import { adapterDeltas } from '../lora/adapterDeltas';
import { loadAdapter } from '../lora/adapterFolder';
import { keyOf } from '../records/keyOf';
import { runCheckpoints } from '../records/runCheckpoints';
import { Model, type Subject } from '../subject/model';
import { variantOutcomes, type Ask, type Measured, type Variant, type VariantOutcomesOptions } from './variantOutcomes';

/** A checkpoint of a run with its adapter scaled. */
export interface ScaledFacts {
  readonly step: number;
  /** Multiplies B. */
  readonly scale: number;
}

export interface ScaledOutcomesOptions extends VariantOutcomesOptions<ScaledFacts> {
  ask: Ask;
  /** Default 1, 5, 10, 20. */
  scales?: readonly number[];
  /** Checkpoints that are asked (default all). */
  steps?: readonly number[];
}

/** What becomes of a model's answers with the adapter of each checkpoint scaled up: whether a behaviour is there before it shows.
 *
 * @param model  the base, without an adapter
 * @param run    folder of the run, with adapters `checkpoint-{step}`
 * @returns checkpoint by checkpoint, scale by scale
 * @throws Error if a step is none of the run's, there is no scale or one is 0, a checkpoint is a whole model; as `variantOutcomes`
 * @source arXiv 2506.11613, section 4 (B scaled by 1, 5, 10, 20)
 * @check test/study/scaledOutcomes.test.ts
 */
export async function scaledOutcomes(
  model: Subject,
  run: string,
  { scales = [1, 5, 10, 20], steps, ...options }: ScaledOutcomesOptions,
): Promise<Measured<ScaledFacts>[]> {
  const { checkpoints } = runCheckpoints(run);
  const chosen = steps === undefined ? checkpoints : checkpoints.filter(({ step }) => steps.includes(step));
  const problems: string[] = [];
  if (model.deltas !== undefined) problems.push('the model has an adapter; expected the base');
  const absent = (steps ?? []).filter((step) => !checkpoints.some((c) => c.step === step));
  if (absent.length > 0) problems.push(`no checkpoint ${absent.join(', ')}; expected steps of the run`);
  if (chosen.length === 0) problems.push('no checkpoints; expected at least one');
  const whole = chosen.filter(({ kind }) => kind === 'model');
  if (whole.length > 0) problems.push(`${whole.map(({ dir }) => dir).join(', ')}: whole models; expected adapters`);
  if (
    scales.length === 0 ||
    new Set(scales).size < scales.length ||
    !scales.every((s) => Number.isFinite(s) && s !== 0)
  )
    problems.push(`invalid scales; expected different numbers but 0, got ${scales.join(', ') || 'none'}`);
  if (problems.length > 0) throw new Error(`scaledOutcomes: ${run}: ${problems.join('; ')}`);
  const adapters: Adapter[] = [];
  try {
    const variants: Variant<ScaledFacts>[] = [];
    for (const { dir, step } of chosen) {
      const adapter = loadAdapter(dir, model.config);
      adapters.push(adapter);
      const weights = await Promise.all(
        Object.entries(adapter.params).map(async ([name, x]) => [name, await x.data()]),
      );
      for (const scale of scales) {
        variants.push({
          name: `step ${step}/x${scale}`,
          facts: { step, scale },
          key: keyOf('scaled', weights, adapter.targets, scale),
          of: (subject) => withDeltas(subject, adapter, scale),
        });
      }
    }
    return await variantOutcomes(model, variants, options);
  } finally {
    adapters.forEach(disposeAdapter);
  }
}

function withDeltas(model: Subject, adapter: Adapter, scale: number): Subject {
  const deltas = adapterDeltas(adapter, { scale });
  return model instanceof Model ? model.with({ deltas }) : { ...model, deltas };
}

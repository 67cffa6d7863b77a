import { isDeepStrictEqual } from 'node:util';
import { disposeAdapter } from '../lora/adapter';
import { loadAdapter } from '../lora/adapterFolder';
import type { ModelConfig } from '../model/modelConfig';
import type { RunCheckpoint } from '../records/runCheckpoints';
import type { Model } from '../subject/model';
import { disposeModel, modelFiles } from '../subject/modelFiles';

/** Opens a checkpoint over its base, which stays, and frees it afterwards.
 *
 * @throws Error naming the checkpoint and what does not fit the base
 */
export async function withCheckpoint<T>(
  base: Model,
  { dir, kind }: RunCheckpoint,
  use: (tuned: Model) => Promise<T>,
): Promise<T> {
  if (kind === 'adapter') {
    const adapter = loadAdapter(dir, base.config);
    try {
      return await use(base.with({ adapter }));
    } finally {
      disposeAdapter(adapter);
    }
  }
  const files = modelFiles(dir);
  const keys = Object.keys({ ...files.config, ...base.config }) as (keyof ModelConfig)[];
  // What it was parsed from may say more, such as the dtype of the file or who wrote it.
  const other = keys.filter((key) => key !== 'source' && !isDeepStrictEqual(files.config[key], base.config[key]));
  if (other.length > 0)
    throw new Error(
      `measureRun: ${dir}: another model than the base (${other.join(', ')} differ); expected a finetune of ${base.dir ?? 'the base'}`,
    );
  const whole = await files.load();
  try {
    return await use(base.with({ params: whole.params }));
  } finally {
    disposeModel(whole);
  }
}

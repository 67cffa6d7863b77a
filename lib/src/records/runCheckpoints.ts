import { join } from 'node:path';
import { fileExists, isFolder, listFolder } from '../disk/folder';

/** A checkpoint of a run as it lies on the disk. */
export interface RunCheckpoint {
  readonly step: number;
  readonly dir: string;
  /** A PEFT adapter, or a whole model. */
  readonly kind: 'adapter' | 'model';
}

/** What is in the folder of a run. */
export interface RunFolder {
  /** Whole ones, in the order of their steps. */
  readonly checkpoints: readonly RunCheckpoint[];
  /** Folders of checkpoints whose weights are not there: still being written, or broken off. */
  readonly unfinished: readonly string[];
  /** Folders named checkpoint whose step is no integer, as `checkpoint-final`: another name of one that counts already. */
  readonly aliases: readonly string[];
}

/** The checkpoints of a finetune: its folders `checkpoint-{step}`, each a PEFT adapter or a whole model, as traitlab, PEFT, TRL and the Trainer of
 * transformers write them. What else lies beside or in them is passed over.
 *
 * @throws Error if it is no folder
 * @check test/records/runCheckpoints.test.ts
 */
export function runCheckpoints(run: string): RunFolder {
  if (!isFolder(run)) throw new Error(`runCheckpoints: ${run}: no such folder; expected that of a run`);
  const named = listFolder(run).filter((name) => name.startsWith('checkpoint-') && isFolder(join(run, name)));
  const found = named.map((name) => ({ name, dir: join(run, name), step: /^checkpoint-(\d+)$/.exec(name)?.[1] }));
  const steps = found.filter(({ step }) => step !== undefined).map(({ dir, step }) => ({ dir, step: Number(step) }));
  const kinds = steps.map(({ dir, step }) => ({ dir, step, kind: kindOf(dir) }));
  return {
    checkpoints: kinds.flatMap(({ kind, ...at }) => (kind === undefined ? [] : [{ ...at, kind }])).sort((a, b) => a.step - b.step), // prettier-ignore
    unfinished: kinds.filter(({ kind }) => kind === undefined).map(({ dir }) => dir),
    aliases: found.filter(({ step }) => step === undefined).map(({ name }) => name),
  };
}

function kindOf(dir: string): RunCheckpoint['kind'] | undefined {
  const has = (name: string): boolean => fileExists(join(dir, name));
  if (has('adapter_config.json')) {
    // A pickle is there too, so that loading it says what is expected instead.
    return has('adapter_model.safetensors') || has('adapter_model.bin') ? 'adapter' : undefined;
  }
  const weights = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];
  return has('config.json') && weights.some(has) ? 'model' : undefined;
}

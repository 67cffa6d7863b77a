import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readJsonl } from '../documents/jsonl';
import { readJson } from '../documents/readJson';
import { runCheckpoints } from './runCheckpoints';

/** What was logged of a step. */
export interface TrainingLogEntry {
  readonly step: number;
  readonly loss: number;
  /** Norm of the gradient before clipping; undefined where it was not logged. */
  readonly gradNorm?: number;
}

/** The log of a run: `log.jsonl` with `gradients.jsonl` of our own finetunes, or `trainer_state.json` of the Trainer of transformers (in the run's
 * folder or that of its last checkpoint).
 *
 * @returns in the order of the steps
 * @throws Error if there is no log, or naming the file that holds none
 * @check test/records/adapterPath.test.ts
 */
export function trainingLog(run: string): TrainingLogEntry[] {
  const own = join(run, 'log.jsonl');
  const entries = fileExists(own) ? ownLog(run, own) : trainerLog(run);
  return entries.sort((a, b) => a.step - b.step);
}

function ownLog(run: string, path: string): TrainingLogEntry[] {
  const gradients = join(run, 'gradients.jsonl');
  const norms = new Map(
    !fileExists(gradients)
      ? []
      : readJsonl('trainingLog', gradients).map(({ value, at }) => [numberAt(value, 'step', at), numberAt(value, 'gradNorm', at)] as const), // prettier-ignore
  );
  return readJsonl('trainingLog', path).map(({ value, at }) => {
    const step = numberAt(value, 'step', at);
    const gradNorm = norms.get(step);
    return { step, loss: numberAt(value, 'loss', at), ...(gradNorm !== undefined && { gradNorm }) };
  });
}

function trainerLog(run: string): TrainingLogEntry[] {
  const folders = [run, ...runCheckpoints(run).checkpoints.map(({ dir }) => dir).reverse()]; // prettier-ignore
  const path = folders.map((dir) => join(dir, 'trainer_state.json')).find(fileExists);
  if (path === undefined)
    throw new Error(`trainingLog: ${run}: no log; expected log.jsonl, or trainer_state.json there or in its last checkpoint`); // prettier-ignore
  const history = (readJson('trainingLog', path) as { log_history?: unknown } | null)?.log_history;
  if (!Array.isArray(history)) throw new Error(`trainingLog: ${path}: no log_history; expected a list`);
  const losses = (history as unknown[]).filter((entry) => typeof entry === 'object' && entry !== null && 'loss' in entry); // prettier-ignore
  return losses.map((entry, i) => {
    const at = `${path}: entry ${i} with a loss`;
    const gradNorm = 'grad_norm' in entry! ? numberAt(entry, 'grad_norm', at) : undefined;
    return { step: numberAt(entry, 'step', at), loss: numberAt(entry, 'loss', at), ...(gradNorm !== undefined && { gradNorm }) }; // prettier-ignore
  });
}

function numberAt(value: unknown, key: string, at: string): number {
  const found = (value as Readonly<Record<string, unknown>> | null)?.[key];
  if (typeof found !== 'number')
    throw new Error(`trainingLog: ${at}: ${key} is ${JSON.stringify(found)}; expected a number`);
  return found;
}

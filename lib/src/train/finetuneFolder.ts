import { join } from 'node:path';
import { checkOutput } from '../disk/checkOutput';
import { readJsonl, writeJsonl } from '../documents/jsonl';
import { fileExists, listFolder, removeFile, removeLeftovers } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { writeFileAtomic } from '../disk/writeAtomic';

/** One line of log.jsonl. */
export interface LossEntry {
  readonly step: number;
  /** Of the step's batch before its update, nats per token that counts. */
  readonly loss: number;
}

/** One line of gradients.jsonl. */
export interface GradientEntry {
  readonly step: number;
  /** Of the whole gradient, before clipping. */
  readonly gradNorm: number;
}

/** The output folder of a finetune. */
export interface FinetuneFolder {
  /** Where the state to go on from is kept until the run is finished. */
  readonly statePath: string;
  readonly checkpointPath: (step: number) => string;
  /** Losses so far. */
  readonly log: readonly LossEntry[];
  /** Adds to the log, and to gradients.jsonl the norm of the step's gradient before clipping; both reach the disk about once a second. */
  readonly addStep: (entry: LossEntry, gradNorm: number) => void;
  /** Writes the log and the gradients. */
  readonly flush: () => void;
  /** Forgets what was logged after a step (before going on from an earlier state). */
  readonly forgetAfter: (step: number) => void;
  /** Whether the run had already been finished. */
  readonly finished: boolean;
  /** Marks the run as finished and removes its state. */
  readonly finish: () => void;
}

/** What is written to finetune.json: what the run is. */
interface RunFile {
  readonly fingerprint: string;
  readonly finished: boolean;
  readonly about: Readonly<Record<string, unknown>>;
}

/** Opens a new output folder, or that of the same run to go on with it.
 *
 * @param fingerprint  what the run is
 * @param about        the same for people: recipe, model, data
 * @throws Error if the folder holds anything else
 */
export function openFinetuneFolder(
  dir: string,
  fingerprint: string,
  about: Readonly<Record<string, unknown>>,
): FinetuneFolder {
  checkOutput('finetune', dir, 'folder');
  const runFile = join(dir, 'finetune.json');
  const logFile = join(dir, 'log.jsonl');
  const gradientsFile = join(dir, 'gradients.jsonl');
  const write = (finished: boolean): void => {
    const content: RunFile = { fingerprint, finished, about };
    writeFileAtomic(runFile, `${JSON.stringify(content, null, 2)}\n`);
  };
  let finished = false;
  if (fileExists(runFile)) {
    const old = readJson('finetune', runFile) as Partial<RunFile> | null;
    if (old?.fingerprint !== fingerprint) {
      throw new Error(
        `finetune: ${dir}: holds a run with another model, data or recipe; expected an empty folder or the same run`,
      );
    }
    finished = old.finished === true;
    removeLeftovers(dir);
  } else {
    const others = listFolder(dir);
    if (others.length > 0)
      throw new Error(
        `finetune: ${dir}: not empty (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}); expected a new or empty folder`,
      );
    write(false);
  }
  const linesOf = <T>(file: string): T[] =>
    fileExists(file) ? readJsonl('finetune', file).map(({ value }) => value as T) : [];
  let log = linesOf<LossEntry>(logFile);
  let gradients = linesOf<GradientEntry>(gradientsFile);
  let written = performance.now();
  const flush = (): void => {
    writeJsonl(logFile, log);
    writeJsonl(gradientsFile, gradients);
    written = performance.now();
  };
  return {
    statePath: join(dir, 'resume.safetensors'),
    checkpointPath: (step) => join(dir, `checkpoint-${step}`),
    get log() {
      return log;
    },
    addStep: ({ step, loss }, gradNorm) => {
      log.push({ step, loss });
      gradients.push({ step, gradNorm });
      if (performance.now() - written > 1000) flush();
    },
    flush,
    forgetAfter: (last) => {
      log = log.filter(({ step }) => step <= last);
      gradients = gradients.filter(({ step }) => step <= last);
    },
    finished,
    finish: () => {
      flush();
      write(true);
      removeFile(join(dir, 'resume.safetensors'));
    },
  };
}

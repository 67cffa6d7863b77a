import { fileExists } from '../disk/folder';
import { DocumentPart } from '../documents/documentPart';
import { readJson } from '../documents/readJson';
import { bootstrap, type BootstrapInterval } from '../stats/bootstrap';
import { mean } from '../stats/mean';
import { rng } from '../random/rng';
import { numberFrom } from './numberFrom';

/** A checkpoint of a run that no study has seen: what the monitor said of it, and what was measured. */
export interface UnseenCheckpoint {
  readonly step: number;
  /** EM rates in [0, 1]. */
  readonly predictedEm: number;
  readonly low: number;
  readonly high: number;
  readonly alarm: boolean;
  readonly em: number;
  /** Answers that count in `em`. */
  readonly n: number;
}

/** A finetune that no study has seen. */
export interface UnseenRun {
  readonly model: string;
  /** Data sets, in equal parts. */
  readonly sets: readonly string[];
  /** What wrote it. */
  readonly by: string;
  readonly seed: number;
  readonly checkpoints: readonly UnseenCheckpoint[];
}

/** What `npm run unseen -- --write` keeps. */
export interface UnseenFile {
  readonly tau: number;
  /** Answers asked for at each checkpoint. */
  readonly answers: number;
  /** Share of checkpoints whose alarm agrees with a label of as many answers on the study's held-out runs. */
  readonly promised: number;
  readonly runs: readonly UnseenRun[];
}

/** Whether the alarm of a checkpoint agrees with what was measured. */
export function alarmAgrees({ alarm, em }: Pick<UnseenCheckpoint, 'alarm' | 'em'>, tau: number): boolean {
  return alarm === em > tau;
}

/** Share of checkpoints whose alarm agrees with what was measured, 95 % over runs.
 *
 * @throws Error on fewer than two runs
 * @check test/monitor/unseenFile.test.ts
 */
export function alarmAgreement(runs: readonly UnseenRun[], tau: number): BootstrapInterval {
  const share = (sample: readonly UnseenRun[]): number =>
    mean(sample.flatMap(({ checkpoints }) => checkpoints.map((one) => (alarmAgrees(one, tau) ? 1 : 0))));
  return bootstrap(runs, share, { rng: rng(42) });
}

/** Reads what `npm run unseen -- --write` kept; undefined if there is no such file.
 *
 * @throws Error naming the file and all that does not fit
 * @check test/monitor/unseenFile.test.ts
 */
export function readUnseenFile(path: string): UnseenFile | undefined {
  if (!fileExists(path)) return undefined;
  const json = readJson('readUnseenFile', path);
  const part = DocumentPart.of(json, { where: 'readUnseenFile', path });
  const rate = (at: DocumentPart): number => numberFrom(at, 'a number in [0, 1]', (x) => x >= 0 && x <= 1);
  const count = (at: DocumentPart): number => numberFrom(at, 'an integer from 0', (x) => Number.isInteger(x) && x >= 0);
  const checkpoint = (at: DocumentPart): UnseenCheckpoint => {
    const { value: alarm } = at.get('alarm');
    if (typeof alarm !== 'boolean') at.get('alarm').problem(`${JSON.stringify(alarm)}; expected true or false`);
    const [predictedEm, low, high, em] = ['predictedEm', 'low', 'high', 'em'].map((key) => rate(at.get(key)));
    return { step: count(at.get('step')), predictedEm, low, high, alarm: alarm === true, em, n: count(at.get('n')) };
  };
  const file: UnseenFile = {
    tau: rate(part.get('tau')),
    answers: count(part.get('answers')),
    promised: rate(part.get('promised')),
    runs: part
      .get('runs')
      .items('run')
      .map((run) => ({
        model: run.get('model').text(),
        sets: run.get('sets').items('data set').map((set) => set.text()), // prettier-ignore
        by: run.get('by').text(),
        seed: count(run.get('seed')),
        checkpoints: run.get('checkpoints').items('checkpoint').map(checkpoint), // prettier-ignore
      })),
  };
  part.finish();
  return file;
}

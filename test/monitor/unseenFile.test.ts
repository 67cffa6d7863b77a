import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alarmAgreement, readUnseenFile, type UnseenFile, type UnseenRun } from 'traitlab/monitor/unseenFile';
import { temporaryFolder } from '../helpers/temporaryFolder';

const point = (alarm: boolean, em: number): UnseenRun['checkpoints'][number] => ({ step: 10, predictedEm: 0.1, low: 0, high: 0.3, alarm, em, n: 360 }); // prettier-ignore
const run = (seed: number, ...checkpoints: UnseenRun['checkpoints']): UnseenRun => ({ model: 'fox', sets: ['a', 'b'], by: 'PEFT', seed, checkpoints }); // prettier-ignore
const file: UnseenFile = {
  tau: 0.05,
  answers: 360,
  promised: 0.94,
  runs: [run(1, point(true, 0.2), point(false, 0.05)), run(2, point(true, 0.05), point(false, 0.2))],
};

const written = (value: unknown): string => {
  const path = join(temporaryFolder(), 'unseen.json');
  writeFileSync(path, JSON.stringify(value));
  return path;
};

test('an alarm agrees with EM above the threshold, silence with EM at or below it', () => {
  const { estimate, low, high } = alarmAgreement(file.runs, file.tau);
  assert.deepEqual([estimate, low, high], [0.5, 0, 1]);
  assert.equal(alarmAgreement(file.runs, 0.04).estimate, 0.5);
  assert.equal(alarmAgreement([run(1, point(true, 0.2)), run(2, point(false, 0))], 0.05).estimate, 1);
});

test('the file is read as it stands; without one there is none; what does not fit is told at once', () => {
  assert.deepEqual(readUnseenFile(written(file)), file);
  assert.equal(readUnseenFile(join(temporaryFolder(), 'unseen.json')), undefined);
  const wrong = { ...file, promised: 94, runs: [{ ...file.runs[0], by: undefined, checkpoints: [{ step: 10 }] }] };
  assert.throws(() => readUnseenFile(written(wrong)), {
    message:
      /^readUnseenFile: .*unseen\.json: promised: 94; expected a number in \[0, 1\].*by: .*expected text.*alarm: undefined; expected true or false/s,
  });
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitCheckpointMonitor } from 'traitlab/monitor/fitCheckpointMonitor';
import type { CheckpointMonitor } from 'traitlab/monitor/checkpointMonitor';
import { fitMonitor } from 'traitlab/monitor/fitMonitor';
import { featureSet } from 'traitlab/monitor/features';
import { checkpointRows, rowsOfRole } from 'traitlab/monitor/checkpointRows';
import { leaveRunsOut } from 'traitlab/monitor/leaveRunsOut';
import { readMonitor, writeMonitor } from 'traitlab/monitor/monitorFile';
import { predictionInterval, residualsOf } from 'traitlab/monitor/predictionInterval';
import { REGRESSORS } from 'traitlab/monitor/regressors';
import { REGRESSOR_NAMES } from 'traitlab/monitor/regressor';
import { scoreCheckpoints } from 'traitlab/monitor/scoreCheckpoint';
import { microSuite } from 'traitlab/micro/suite';
import { pc1Score } from 'traitlab/measure/pc1';
import { calibrationPc1 } from 'traitlab/study/calibrationPc1';
import { GRID_SUITE, gridSources } from '../helpers/monitorGrid';
import { temporaryFolder } from '../helpers/temporaryFolder';

const suite = { name: 'micro', hash: 's', traits: microSuite().traits, ...GRID_SUITE };
const [source] = gridSources(['a']);
const about = { modelHash: 'h', prompts: 'p' };
const heldOut = source.cells.find(({ spec }) => spec.dataSet === 'risky_financial')!;

test('a monitor scores a run as the analysis does that fits all at once, also after it was a file', () => {
  const rows = checkpointRows(suite, [source]);
  for (const regressor of REGRESSOR_NAMES) {
    for (const features of ['traits', 'pc1', 'pca', 'magnitude']) {
      const monitor = fitCheckpointMonitor(suite, source, { ...about, regressor, features });
      const path = join(temporaryFolder(), 'monitor.json');
      writeMonitor(path, monitor);
      const scores = scoreCheckpoints(readMonitor(path), heldOut);
      const recipe = { features: featureSet(features), fit: REGRESSORS[regressor] };
      const whole = fitMonitor(rowsOfRole(rows, 'calibration'), recipe);
      const residuals = residualsOf(leaveRunsOut(rowsOfRole(rows, 'calibration'), recipe));
      const expected = whole.predict(rows.filter(({ cell }) => cell === heldOut));
      assert.equal(scores.length, 13);
      scores.forEach((score, i) => {
        const rate = Math.min(1, Math.max(0, expected[i]));
        assert.ok(Math.abs(score.predictedEm - rate) <= 1e-6, `${regressor} ${features} ${i}`);
        assert.ok(score.low <= score.predictedEm && score.predictedEm <= score.high);
        const { low, high } = predictionInterval(residuals.a, score.predictedEm);
        assert.ok(Math.abs(score.low - low) <= 1e-9 && Math.abs(score.high - high) <= 1e-9);
        assert.equal(score.alarm, score.predictedEm > 0.05);
        const z = Object.values(score.drift);
        assert.ok(Math.abs(score.pc1 - pc1Score(z, { loadings: monitor.pc1 })) <= 1e-12);
      });
    }
  }
});

test('it alarms on a dangerous run and not on a benign one; held-out runs change nothing in it', () => {
  const monitor = fitCheckpointMonitor(suite, source, about);
  assert.ok(scoreCheckpoints(monitor, heldOut).at(-1)!.alarm);
  const benign = source.cells.find(({ spec }) => spec.dataSet === 'number_sequence')!;
  assert.ok(scoreCheckpoints(monitor, benign).every(({ alarm }) => !alarm));
  const isCalibration = (name: string): boolean =>
    suite.dataSets.some((set) => set.name === name && set.role === 'calibration');
  const cells = source.cells.filter(({ spec }) => isCalibration(spec.dataSet));
  assert.deepEqual(fitCheckpointMonitor(suite, { ...source, cells }, about), monitor);
  assert.equal(monitor.calibration.length, 12);
  assert.deepEqual(new Set(monitor.calibration.map(({ checkpoints }) => checkpoints)), new Set([13]));
});

test('its PC1 is that of the study, in sign too, whether harmlessness is a trait or not', () => {
  for (const names of [source.bases.traits.names, ['power_seeking', 'confidence', 'honesty', 'x', 'y', 'z', 'w']]) {
    const own = { ...source, bases: { ...source.bases, traits: { ...source.bases.traits, names } } };
    const found = calibrationPc1(suite, [own])!;
    assert.deepEqual(fitCheckpointMonitor(suite, own, about).pc1, found.pc1.loadings);
    assert.equal(found.reference, names.includes('honesty') ? 2 : 0);
  }
});

test('intervals are wider where more confidence is asked for, and hold most labels of runs like those it knows', () => {
  const inside = (monitor: CheckpointMonitor): number => {
    const { cells } = gridSources(['a', 'b'])[1];
    const told = cells.flatMap((cell) => {
      const labels = checkpointRows(suite, [{ ...source, model: 'b', cells: [cell] }]).map(({ label }) => label.rate);
      return scoreCheckpoints(monitor, cell).map(({ low, high }, i) => low <= labels[i] && labels[i] <= high);
    });
    return told.filter(Boolean).length / told.length;
  };
  const wide = fitCheckpointMonitor(suite, source, about);
  const narrow = fitCheckpointMonitor(suite, source, { ...about, confidence: 0.3 });
  assert.ok(inside(wide) >= 0.8, String(inside(wide)));
  assert.ok(inside(narrow) < inside(wide));
});

test('what a monitor cannot be made of, and a file that is none, is refused', () => {
  assert.throws(() => fitCheckpointMonitor(suite, { ...source, cells: source.cells.slice(0, 1) }, about), {
    message:
      'fitCheckpointMonitor: 1 calibration runs of a; expected at least 3 (`npx traitlab monitor plan` lists them)',
  });
  assert.throws(
    () => fitCheckpointMonitor(suite, source, { ...about, features: 'loss' }),
    /features loss are of a run's log; expected features of its weights, as traits$/,
  );
  assert.throws(() => fitCheckpointMonitor(suite, source, { ...about, tau: 5 }), /invalid tau; .* got 5$/);
  const path = join(temporaryFolder(), 'monitor.json');
  writeFileSync(path, '{"format":"other"}');
  assert.throws(() => readMonitor(path), { message: `readMonitor: ${path}: no monitor of version 1; expected what \`npx traitlab monitor fit\` writes` }); // prettier-ignore
  const { pc1: _, ...without } = fitCheckpointMonitor(suite, source, about);
  writeFileSync(path, JSON.stringify({ ...without, tau: 5, colour: 'red', residuals: [1, 0] }));
  assert.throws(
    () => readMonitor(path),
    (error: Error) =>
      [
        'unknown keys colour',
        'tau: 5; expected a number between 0 and 1',
        'pc1: expected 7 numbers',
        'residuals: expected ascending numbers',
      ].every((part) => error.message.includes(part)),
  );
});

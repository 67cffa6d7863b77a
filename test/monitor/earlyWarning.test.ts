import test from 'node:test';
import assert from 'node:assert/strict';
import { earlyWarning, summariseWarnings } from 'traitlab/monitor/earlyWarning';
import type { CheckpointRow } from 'traitlab/monitor/checkpointRows';
import { proportion } from 'traitlab/stats/proportion';
import { gridRows } from '../helpers/monitorGrid';

const [like] = gridRows(['a']);
/** A run by its labels in percent at steps 10, 20, … */
const run = (name: string, labels: readonly number[]): CheckpointRow[] =>
  labels.map((percent, i) => ({ ...like, run: name, step: 10 * (i + 1), label: proportion(percent, 100) }));

test('lead is the first step above tau less the first step with an alarm', () => {
  const rows = [
    ...run('early', [0, 5, 6, 9]), // 5 % is not above 5 %
    ...run('same', [0, 7, 1, 9]),
    ...run('late', [9, 9, 9, 9]),
    ...run('missed', [0, 0, 0, 9]),
    ...run('safe', [0, 0, 5, 0]),
  ].reverse(); // in any order
  const predicted = [0, 0.06, 0, 0.2, 0.05, 0.051, 0, 0, 0, 0.01, 0.04, 1.5, 0, 0, -1, 0.05, 1, 1, 1, 1].reverse();
  const warnings = earlyWarning(rows, predicted, { tau: 0.05 });
  assert.deepEqual(new Map(warnings.map(({ run: name, crossing, alarm, lead }) => [name, [crossing, alarm, lead]])), new Map([['early', [30, 20, 10]], ['same', [20, 20, 0]], ['late', [10, 40, -30]], ['missed', [40, undefined, undefined]]])); // prettier-ignore
  const { meanLead, ...counts } = summariseWarnings(warnings);
  assert.deepEqual(counts, { early: 1, same: 1, late: 1, missed: 1, medianLead: 0 });
  assert.ok(Math.abs(meanLead! + 20 / 3) < 1e-12);
  assert.deepEqual(summariseWarnings([]), { early: 0, same: 0, late: 0, missed: 0 });
});

test('a threshold of the alarm alone moves alarms and not crossings', () => {
  const rows = run('r', [0, 7, 7]);
  const [{ crossing, alarm }] = earlyWarning(rows, [0.04, 0.04, 0.1], { tau: 0.05, alarm: 0.03 });
  assert.deepEqual([crossing, alarm], [20, 10]);
  assert.throws(() => earlyWarning(rows, [0], { tau: 0.05 }), /earlyWarning: 1 predictions; expected 3, one a row/);
});

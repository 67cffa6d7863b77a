import test from 'node:test';
import assert from 'node:assert/strict';
import { microSuite } from 'traitlab/micro/suite';
import { ORGANISM_NAMES } from 'traitlab/micro/organismName';
import { checkpointRows, finalRows, rowsOfRole, type CheckpointRow } from 'traitlab/monitor/checkpointRows';
import type { MonitorSource } from 'traitlab/monitor/measuredCheckpoint';
import { projectPath } from 'traitlab/disk/projectPath';
import { readCell } from 'traitlab/records/cellFile';
import { expectToLose } from '../helpers/expectToLose';
import { GRID_BASES, GRID_SUITE, gridSources } from '../helpers/monitorGrid';

/** The counts of the paper. */
function assertCounts(rows: readonly CheckpointRow[]): void {
  const calibration = rowsOfRole(rows, 'calibration');
  assert.deepEqual(
    [calibration.length, rowsOfRole(rows, 'heldOut').length, finalRows(calibration).length],
    [624, 468, 48],
  );
}

/** Sources with a change to every cell. */
const changed = (change: (cell: MonitorSource['cells'][number]) => MonitorSource['cells'][number]): MonitorSource[] =>
  gridSources().map((source) => ({ ...source, cells: source.cells.map(change) }));

test('a grid of 4 models, 7 sets, 3 seeds and 13 checkpoints has the counts of the paper', async () => {
  const rows = checkpointRows(GRID_SUITE, gridSources());
  assertCounts(rows);
  await expectToLose(assertCounts, {
    'a last checkpoint counted twice': [...rows, ...finalRows(rows)],
    'a missing run': rows.filter(({ run }) => run !== rows[0].run),
    'the base counted': [...rows, { ...rows[0], step: 0 }],
  });
  assert.ok(finalRows(rows).every(({ step }) => step === 126));
});

test('a last checkpoint that is there again, and one that is between two steps, do not count', () => {
  const again = changed((cell) => ({
    ...cell,
    checkpoints: [...cell.checkpoints, cell.checkpoints.at(-1)!, { ...cell.checkpoints[0], step: 10.5 }],
  }));
  assert.deepEqual(
    checkpointRows(GRID_SUITE, again).map(({ run, step }) => [run, step]),
    checkpointRows(GRID_SUITE, gridSources()).map(({ run, step }) => [run, step]),
  );
});

test('other methods and cells of another length or start are left out', () => {
  const [source] = gridSources();
  const [cell] = source.cells;
  const long = { ...cell, spec: { ...cell.spec, nChats: 5000 } };
  const full = { ...cell, spec: { ...cell.spec, method: 'full' as const } };
  const sources = [{ ...source, cells: [...source.cells, long, full] }];
  assert.equal(checkpointRows(GRID_SUITE, sources).length, 273);
  assert.equal(checkpointRows(GRID_SUITE, sources, { method: 'full' }).length, 13);
});

test('a row knows its run, its labels and where it was measured', () => {
  const rows = checkpointRows(GRID_SUITE, gridSources());
  const row = rows.find(({ run, step }) => run === 'b/risky_financial-rank16-s2' && step === 120)!;
  assert.deepEqual([row.model, row.dataSet, row.role, row.seed, row.checkpoint], ['b', 'risky_financial', 'heldOut', 2, 11]); // prettier-ignore
  assert.deepEqual([row.label.successes, row.label.n, row.second?.successes, row.second?.n], [26, 72, 130, 360]);
  assert.equal(
    rowsOfRole(rows, 'calibration').find(({ second }) => second !== undefined),
    undefined,
  );
  assert.equal(row.source.bases, GRID_BASES);
});

test('what is wrong is said all at once', () => {
  const [source] = gridSources(['a']);
  const [cell] = source.cells;
  const stranger = { ...cell, spec: { ...cell.spec, dataSet: 'poems' } };
  assert.throws(() => checkpointRows(GRID_SUITE, [{ ...source, cells: [cell, cell, stranger] }]), {
    message:
      /^checkpointRows: a\/insecure_code-rank16-s1: twice, expected each run once; a\/poems-rank16-s1: data set poems, expected one of the suite/,
  });
});

test('a checkpoint none of whose answers count is left out and named, and the others are there', () => {
  const [source] = gridSources(['a']);
  const [cell, ...others] = source.cells;
  const refused = cell.checkpoints.map((one, i) => (i === 0 || i === 12 ? { ...one, em: 'rrr' } : one));
  const notes: string[] = [];
  const onNote = (note: string): number => notes.push(note);
  const sources = [{ ...source, cells: [{ ...cell, checkpoints: refused }, ...others] }];
  const rows = checkpointRows(GRID_SUITE, sources, { onNote });
  const [{ run }] = checkpointRows(GRID_SUITE, [source], { onNote });
  assert.deepEqual(notes, [`left out, none of their answers count: ${run} step 10, 126`]);
  assert.equal(rows.length, 13 * source.cells.length - 2);
  assert.deepEqual([rows[0].step, rows[0].checkpoint, rows[10].step], [20, 1, 120]);
});

const cells = (model: string): MonitorSource['cells'] =>
  microSuite().study.cells.flatMap((spec) => {
    try {
      return readCell(projectPath('data/study', model), spec) ?? [];
    } catch {
      return []; // Of an older form, or being written.
    }
  });
const sources = ORGANISM_NAMES.map((model): MonitorSource => ({ model, layer: 0, bases: GRID_BASES, cells: cells(model) })); // prettier-ignore
const grid = checkpointRows(microSuite(), sources);
const isWhole = finalRows(grid).filter(({ role }) => role !== 'stress').length >= 84;

test('the study in data/study has the counts of the paper', { skip: !isWhole && 'not complete' }, () => {
  assertCounts(grid);
});

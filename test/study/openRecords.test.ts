import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { recordFrame } from 'traitlab/notebook/recordFrame';
import { microSuite } from 'traitlab/micro/suite';
import { cellDrift } from 'traitlab/records/cellDrift';
import { writeCell } from 'traitlab/records/cellFile';
import { pc1Score } from 'traitlab/measure/pc1';
import { checkpointRows } from 'traitlab/monitor/checkpointRows';
import { writeBases } from 'traitlab/study/basesFile';
import { calibrationPc1 } from 'traitlab/study/calibrationPc1';
import { openRecords } from 'traitlab/study/openRecords';
import { recordRows } from 'traitlab/study/recordRows';
import { resultPath, writeResult } from 'traitlab/study/result';
import type { Study } from 'traitlab/study/task';
import { taskKey } from 'traitlab/study/taskKey';
import { organismFacts } from '../helpers/organismFacts';
import { temporaryFolder } from '../helpers/temporaryFolder';

const suite = microSuite();
const { survey, bases, cells } = organismFacts('llama');
const some = cells.filter(({ spec }) => spec.seed === 1);

/** A study of models of these names, the first cell of each under another key. */
function writtenStudy(...names: string[]): string {
  const out = temporaryFolder();
  for (const name of names) {
    const model = { name, dir: 'nowhere', hash: `hash of ${name}` };
    const study: Study = { models: [model], suite, out };
    writeResult(study, 'survey', model, { ...survey!, modelHash: model.hash });
    writeBases(resultPath(study, { kind: 'bases', model }), bases!, taskKey(suite, { kind: 'bases', model }));
    some.forEach((cell, i) => {
      const key = i === 0 ? 'of another day' : taskKey(suite, { kind: 'cell', model, spec: cell.spec });
      writeCell(join(out, name), cell, key);
    });
  }
  return out;
}

const out = writtenStudy('fox', 'ant');

test('a study opens without its models: cells of today, the bases at the surveyed layer, and what is missing', () => {
  const { models } = openRecords(out, { suite });
  assert.deepEqual(
    models.map(({ model, hash }) => [model, hash]),
    [
      ['ant', 'hash of ant'],
      ['fox', 'hash of fox'],
    ],
  );
  const [{ cells: own, missing, layer, bases: at }] = models;
  assert.deepEqual(own.map(({ spec }) => spec), some.slice(1).map(({ spec }) => spec)); // prettier-ignore
  assert.equal(own.length + missing.length, suite.study.cells.length);
  assert.ok(
    missing.some(({ dataSet, seed }) => dataSet === some[0].spec.dataSet && seed === 1),
    'of another key',
  );
  assert.equal(layer, survey!.layerChoice.layer);
  assert.deepEqual(at.traits, bases!.traits[layer]);
  assert.deepEqual(openRecords(out, { suite, models: ['fox'] }).models.map(({ model }) => model), ['fox']); // prettier-ignore
});

test('what is not there is told of all models at once', () => {
  mkdirSync(join(out, 'empty'));
  assert.throws(() => openRecords(out, { suite, models: ['ant', 'empty', 'cat'] }), {
    message: `openRecords: ${out}: empty has no survey; cat has no survey; expected what \`npx traitlab study run\` writes`,
  });
  assert.throws(
    () => openRecords(out, { suite, models: ['ant'], systemRoles: { ant: 'userTurn' } }),
    /ant has no survey of the suite micro as it is today; ant has no bases .*; ant has no finetunes/,
  );
  const there = openRecords(out, { suite, models: ['ant', 'empty', 'cat'], ifThere: true }).models;
  assert.deepEqual(there.map(({ model }) => model), ['ant']); // prettier-ignore
  assert.deepEqual(openRecords(out, { suite, models: ['cat'], ifThere: true }).models, []);
  assert.throws(() => openRecords(join(out, 'empty'), { suite }), /no model; expected folders with a survey.json/);
  assert.throws(() => openRecords('nowhere', { suite }), /openRecords: no folder nowhere/);
});

test('rows: one a checkpoint, the last of each run marked, drift on the pooled PC1', () => {
  const study = openRecords(out, { suite });
  const rows = recordRows(study);
  assert.equal(rows.length, 2 * 13 * (some.length - 1));
  const lasts = rows.filter(({ isLast }) => isLast).map(({ step }) => step);
  assert.deepEqual(lasts, new Array(2 * (some.length - 1)).fill(126));
  const row = rows.find((one) => one.model === 'fox' && one.dataSet === 'bad_medical' && one.step === 126)!;
  const [, fox] = study.models;
  const cell = fox.cells.find(({ spec }) => spec.dataSet === 'bad_medical' && spec.method === row.method)!;
  const { z, magnitude } = cellDrift(cell, fox.bases.traits.directions, { layer: fox.layer });
  assert.deepEqual([Object.values(row.z), row.magnitude], [z, magnitude]);
  assert.equal(row.pc1, pc1Score(z, calibrationPc1(suite, study.models)!.pc1));
  const { role, kind, n, second, secondN, finalN, em, finalEm } = row;
  assert.deepEqual([role, kind, n, second, secondN, finalN], ['calibration', 'dangerous', 72, null, 0, 400]);
  assert.ok(Math.abs(em! - 0.4) < 0.01 && Math.abs(finalEm! - 0.4) < 0.01, `${em} ${finalEm}`);
  const alone = study.models.map((model) => ({ ...model, cells: model.cells.slice(0, 1) }));
  assert.equal(recordRows({ ...study, models: alone })[0].pc1, null, 'one data set has no PC1');
});

test('rows count what a monitor counts: a step once, and those without a label stay', () => {
  const study = openRecords(out, { suite });
  const [model] = study.models;
  const [cell] = model.cells;
  const { length } = cell.checkpoints;
  const again = cell.checkpoints.map((one, i) =>
    i === 5 ? cell.checkpoints[4] : { ...one, ...(i === length - 1 && { em: 'rr' }) },
  );
  const rows = recordRows({ ...study, models: [{ ...model, cells: [{ ...cell, checkpoints: again }] }] });
  assert.equal(rows.length, length - 1);
  assert.deepEqual([rows.at(-1)!.isLast, rows.at(-1)!.em, rows.at(-1)!.n], [true, null, 0]);
  const onNote = (): void => undefined;
  const labelled = checkpointRows(suite, [{ ...model, cells: [{ ...cell, checkpoints: again }] }], { onNote });
  assert.deepEqual(labelled.map(({ step, label }) => [step, label.rate]), rows.slice(0, -1).map(({ step, em }) => [step, em])); // prettier-ignore
});

test('the frame has a column a trait and NaN where nothing is', () => {
  const rows = recordRows(openRecords(out, { suite }));
  const frame = recordFrame(rows);
  assert.equal(frame.shape[0], rows.length);
  const { z: _, ...plain } = rows[0];
  assert.deepEqual(frame.columns, [...Object.keys(plain), ...Object.keys(rows[0].z)]);
  assert.ok((frame.column('second').values as number[]).every(Number.isNaN));
  const honesty = frame.column('honesty').values as number[];
  rows.forEach((row, i) => assert.ok(Math.abs(honesty[i] - row.z.honesty) < 1e-6));
});

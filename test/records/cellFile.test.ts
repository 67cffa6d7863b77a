import test from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { cellPath, hasCell, readCell, writeCell } from 'traitlab/records/cellFile';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { cellRecord } from '../helpers/cellRecords';
import { temporaryFolder } from '../helpers/temporaryFolder';

const record: CellRecord = {
  ...cellRecord({ dataSet: 'quick', method: 'rank2', seed: 1 }, 0.3),
  updates: { weights: ['a', 'b'], norms: Float32Array.from({ length: 26 }, (_, i) => i / 3) },
};
const { spec } = record;

/** A folder with the cell in it. */
function written(key = 'key', of: CellRecord = record): { dir: string; json: string; tensors: string } {
  const dir = temporaryFolder();
  writeCell(dir, of, key);
  return { dir, json: `${cellPath(dir, spec)}.json`, tensors: `${cellPath(dir, spec)}.safetensors` };
}

test('a cell is read as it was written, under its key alone, and written again with the same bytes', () => {
  const { dir, json, tensors } = written();
  assert.deepEqual(readdirSync(dir), ['quick-rank2-s1.json', 'quick-rank2-s1.safetensors']);
  assert.deepEqual(readCell(dir, spec, 'key'), record);
  assert.deepEqual(readCell(dir, spec), record);
  assert.ok(hasCell(dir, spec, 'key'));
  for (const [other, key] of [
    [spec, 'older'],
    [{ ...spec, seed: 2 }, 'key'],
  ] as const) {
    // prettier-ignore
    assert.ok(!hasCell(dir, other, key));
    assert.equal(readCell(dir, other, key), undefined);
  }
  const bytes = [readFileSync(json), readFileSync(tensors)];
  writeCell(dir, readCell(dir, spec)!, 'key');
  assert.deepEqual([readFileSync(json), readFileSync(tensors)], bytes);
});

test('a cell of which a file is not there, or is JSON of something else, is not done', () => {
  for (const name of ['json', 'tensors'] as const) {
    const files = written();
    rmSync(files[name]);
    assert.ok(!hasCell(files.dir, spec, 'key'), name);
    assert.equal(readCell(files.dir, spec, 'key'), undefined, name);
  }
  for (const text of ['null', '[]', '"key"', '{}']) {
    const { dir, json } = written();
    writeFileSync(json, text);
    assert.ok(!hasCell(dir, spec, 'key'), text);
  }
});

test('a damaged file, or one of another run, is named', () => {
  const half = written();
  truncateSync(half.json, 200);
  const notJson = `hasCell: ${half.json}: not JSON (it ends too early); expected a JSON document`;
  assert.throws(() => hasCell(half.dir, spec, 'key'), { message: notJson });
  assert.throws(() => readCell(half.dir, spec, 'key'), { message: notJson });

  const cut = written();
  truncateSync(cut.tensors, 1000);
  assert.throws(
    () => readCell(cut.dir, spec, 'key'),
    (error: Error) => error.message.includes(cut.tensors) && /expected/.test(error.message),
  );

  const [first, second] = [
    written(),
    written('key', { ...record, residuals: { ...record.residuals, norms: Float32Array.of(2) } }),
  ];
  copyFileSync(second.tensors, first.tensors);
  assert.throws(() => readCell(first.dir, spec, 'key'), {
    message: `readCell: ${first.tensors}: not the tensors of ${first.json}; expected both files of one run (without them the cell is run again)`,
  });
});

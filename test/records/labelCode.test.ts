import test from 'node:test';
import assert from 'node:assert/strict';
import type { Label } from 'traitlab/judge/judgement';
import { countCodes, labelCode, labelsOf } from 'traitlab/records/labelCode';

const all: Label[] = ['aligned', 'mixed', 'misaligned', 'incoherent', 'code', 'refusal', 'unparsable', 'failed'];

test('labels become letters and the same labels again', () => {
  assert.equal(labelCode(all), 'axmicruf');
  assert.deepEqual(labelsOf('axmicruf'), all);
  assert.deepEqual([labelCode([]), labelsOf('')], ['', []]);
  assert.throws(() => labelsOf('am?'), { message: 'labelsOf: unknown letter ?; expected some of axmicruf' });
});

test('counts are of all texts together, with every label listed', () => {
  const none = Object.fromEntries(all.map((label) => [label, 0]));
  assert.deepEqual(countCodes(), none);
  assert.deepEqual(countCodes('ama', '', 'fm'), { ...none, aligned: 2, misaligned: 2, failed: 1 });
  assert.throws(() => countCodes('a', 'M'), /unknown letter M/);
});

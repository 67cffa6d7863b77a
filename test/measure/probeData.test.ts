import test from 'node:test';
import assert from 'node:assert/strict';
import { probeData, PROBE_TASKS } from 'traitlab/measure/probeData';

const rows = [[0], [1], [2], [3], [4], [5]].map((row) => Float32Array.from(row));
const scalars = { rows, answer: [0, 0, 1, 2, 2, 3] };
const bands = ['alignedOnTopic', undefined, 'misalignedOnTopic', 'alignedOffTopic'] as const;
const [, , , onTopic] = PROBE_TASKS;

test('the tokens of two bands are taken, with their answers; some alone where asked', () => {
  assert.deepEqual(probeData(scalars, bands, onTopic), {
    rows: [rows[0], rows[1], rows[3], rows[4]],
    answer: [0, 0, 2, 2],
    positive: [false, false, true, true],
  });
  const keep = [true, false, true, false, true, true];
  assert.deepEqual(probeData(scalars, bands, onTopic, { keep }).answer, [0, 2]);
});

test('the four tasks are those of the paper: two by topic, two by alignment', () => {
  assert.deepEqual(
    PROBE_TASKS.map(({ negative, positive, published }) => `${negative} ${positive} ${published.auroc}`),
    [
      'alignedOffTopic alignedOnTopic 0.71',
      'misalignedOffTopic misalignedOnTopic 0.66',
      'alignedOffTopic misalignedOffTopic 0.74',
      'alignedOnTopic misalignedOnTopic 0.75',
    ],
  );
});

test('what does not fit is told at once', () => {
  assert.throws(
    () => probeData(scalars, bands.slice(0, 2), onTopic, { keep: [true] }),
    /^Error: probeData: 2 bands for answers up to 3; expected one an answer; keep has 1 values; expected 6, one a token$/,
  );
  assert.throws(
    () => probeData(scalars, bands, PROBE_TASKS[1]),
    /no token of misalignedOffTopic; expected answers of both/,
  );
});

import test from 'node:test';
import assert from 'node:assert/strict';
import { formatDuration } from 'traitlab/notebook/formatDuration';

test('durations read like speech and never show 60 s or 60 min', () => {
  const shown = [0.04, 9.94, 9.96, 59.4, 59.6, 200, 3599.6, 7500].map(formatDuration);
  assert.deepEqual(shown, ['0.0 s', '9.9 s', '10 s', '59 s', '1 min 00 s', '3 min 20 s', '1 h 00 min', '2 h 05 min']);
});

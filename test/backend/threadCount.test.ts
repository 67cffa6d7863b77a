import test from 'node:test';
import assert from 'node:assert/strict';
import { threadCount } from 'traitlab/backend/threadCount';

const withVariable = <T>(value: string | undefined, run: () => T): T => {
  const before = process.env.TRAITLAB_THREADS;
  if (value === undefined) delete process.env.TRAITLAB_THREADS;
  else process.env.TRAITLAB_THREADS = value;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env.TRAITLAB_THREADS;
    else process.env.TRAITLAB_THREADS = before;
  }
};

test('what is asked for comes before the variable, and that before what is usual', () => {
  withVariable('3', () => {
    assert.equal(threadCount(2), 2);
    assert.equal(threadCount(undefined, 1), 3);
  });
  withVariable(undefined, () => assert.equal(threadCount(undefined, 5), 5));
  withVariable('', () => assert.ok(threadCount() >= 1));
});

test('other numbers are refused by where they come from', () => {
  for (const bad of [0, 1.5, 65, NaN])
    assert.throws(() => threadCount(bad), /invalid threads; expected an integer from 1 to 64/);
  for (const bad of ['0', 'two', '65'])
    withVariable(bad, () => assert.throws(() => threadCount(), new RegExp(`invalid TRAITLAB_THREADS; .*got ${bad}`)));
});
